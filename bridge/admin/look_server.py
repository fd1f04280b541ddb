"""What the homeserver says about itself, our account, our device and our rooms. Only read; nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import msgspec
from nacl.signing import SigningKey

from bridge.admin.findings import Finding, mind, right, wrong
from bridge.admin.look_rooms import RoomState, judge, room_state
from bridge.ledger import copies
from bridge.ledger.store import LedgerError
from bridge.matrix.client import SYNC_LIMIT
from bridge.matrix.crypto.account import Account
from bridge.matrix.crypto.signing import encode_base64, is_signed
from bridge.matrix.crypto.vault import Vault, WrongKey
from bridge.matrix.login import Credentials
from bridge.matrix.requests import Requests, path, read_body
from bridge.matrix.trust import Identity, grouped
from bridge.model.clock import moment
from bridge.model.event import Json
from bridge.model.ports import Forbidden, MatrixError, NotFound, TokenRevoked, Unreachable
from bridge.policy.roster import Roster
from bridge.settings import Secrets, Settings, WantedRoom

VERSIONS = "/_matrix/client/versions"
NEEDED = "v1.11"
"""The first version with authenticated media."""
SECONDS = 15.0


class Server:
    """One visit to the homeserver, with the token that the bridge has."""

    def __init__(self, settings: Settings, secrets: Secrets | None) -> None:
        self._settings = settings
        self._secrets = secrets
        self._kept = _session(settings)
        token = secrets.access_token if secrets is not None else None
        if token is None and self._kept is not None:
            token = self._kept.access_token
        self._has_token = token is not None
        self._requests = Requests(settings.homeserver.url, token)
        self.user = ""
        self.device = ""
        self.skew: float | None = None

    @property
    def has_session(self) -> bool:
        """Whether there is a token to ask with."""
        return self._has_token

    async def close(self) -> None:
        await self._requests.close()

    async def reach(self, now: int) -> list[Finding]:
        """Whether it answers, with which versions, and how far its clock is from ours."""
        url = self._settings.homeserver.url
        # Without our token: a homeserver refuses even this question to one that was revoked.
        anybody = Requests(url)
        try:
            async with anybody.download(VERSIONS, seconds=SECONDS) as response:
                date = response.headers.get("Date", "")
                answer = msgspec.json.decode(await read_body(response, 2**20))
        except (MatrixError, msgspec.MsgspecError) as error:
            return [wrong("homeserver.unreachable", url=url, why=str(error))]
        finally:
            await anybody.close()
        versions = answer.get("versions") if isinstance(answer, dict) else None
        spoken = [version for version in versions or () if isinstance(version, str) and version.startswith("v1.")]
        if not spoken:
            return [wrong("homeserver.unreachable", url=url, why="not_matrix")]
        newest = max(spoken, key=_number)
        try:
            self.skew = (parsedate_to_datetime(date).timestamp() * 1000 - now) / 1000
        except (ValueError, TypeError):
            self.skew = None
        if _number(newest) < _number(NEEDED):
            return [wrong("homeserver.old", url=url, newest=newest, needed=NEEDED)]
        return [right("homeserver.right", url=url, newest=newest)]

    async def account(self) -> list[Finding]:
        """Whether our token is accepted, and whose it is."""
        user = self._settings.homeserver.user
        if not self._has_token:
            if self._secrets is None:
                return [wrong("account.no_secret", user=user)]
            return [mind("account.no_session", user=user)]
        try:
            answer = await self._requests.json("GET", path("account", "whoami"), seconds=SECONDS)
        except TokenRevoked:
            return [wrong("account.revoked", user=user)]
        except MatrixError as error:
            return [wrong("account.unclear", user=user, why=str(error))]
        said, device = answer.get("user_id"), answer.get("device_id")
        if not isinstance(said, str) or user.lower() not in (said.lower(), said[1:].partition(":")[0].lower()):
            return [wrong("account.other", user=user, said=str(said))]
        if not isinstance(device, str):
            return [wrong("account.no_device", user=user)]
        self.user, self.device = said, device
        return [right("account.right", user=said, device=device)]

    async def whoami(self) -> str:
        """Whose our token is. Raises MatrixError kinds."""
        answer = await self._requests.json("GET", path("account", "whoami"), seconds=SECONDS)
        return str(answer.get("user_id", ""))

    # Trust

    async def trust(self) -> list[Finding]:
        """Whether other people's clients take our device for ours."""
        try:
            answer = await self._requests.json(
                "POST", path("keys", "query"), body={"device_keys": {self.user: []}}, seconds=SECONDS
            )
        except MatrixError as error:
            return [wrong("trust.unclear", why=str(error))]
        device = _object(answer, "device_keys", self.user, self.device)
        master = _public(_object(answer, "master_keys", self.user))
        signing = _public(_object(answer, "self_signing_keys", self.user))
        identity, ours = self._own_keys()
        shown = _object(device, "keys").get(f"ed25519:{self.device}")
        if not device:
            return [mind("trust.no_keys", device=self.device)]
        if ours is not None and shown != ours:
            return [wrong("trust.lost", device=self.device)]
        if master is None or signing is None:
            return [mind("trust.no_identity", user=self.user)]
        if identity is not None and master != identity:
            return [wrong("trust.other_identity", user=self.user, fingerprint=grouped(master))]
        by_master = is_signed(
            _object(answer, "self_signing_keys", self.user), self.user, f"ed25519:{master}", master
        )
        trusted = by_master and is_signed(device, self.user, f"ed25519:{signing}", signing)
        return [
            right("trust.right", device=self.device) if trusted else wrong("trust.unsigned", device=self.device),
            right("trust.device_key", fingerprint=grouped(str(shown))),
            right("trust.identity", fingerprint=grouped(master)),
        ]

    def _own_keys(self) -> tuple[str | None, str | None]:
        """Our identity's and our device's public keys as the key store has them, read beside a running bridge."""
        try:
            secret = (self._settings.state / "keys.secret").read_bytes()
            reader = copies.KeyReader(self._settings.keys)
        except (OSError, LedgerError):
            return None, None
        try:
            vault = Vault(reader, secret)
            identity = vault.get(Identity, "identity", self.user, "seeds")
            master = encode_base64(bytes(SigningKey(identity.master).verify_key)) if identity else None
            known = vault.has("account", self.user, self.device)
            return master, Account(vault, self.user, self.device).ed25519 if known else None
        except (LedgerError, WrongKey, ValueError):
            return None, None
        finally:
            reader.close()

    # Rooms

    async def rooms(
        self, roster: Roster | None, stage: str, now: int, replaced: Mapping[str, str] | None = None
    ) -> list[Finding]:
        """Each room of the settings; of one that was ``replaced`` and followed, the room that has its place."""
        findings: list[Finding] = []
        for wanted in self._settings.forum.rooms.wanted():
            findings += await self._room(wanted, roster, stage, now, replaced or {})
        return findings

    async def room_id(self, name: str) -> str:
        """The id of a room that is named by alias or id. Raises MatrixError kinds."""
        if not name.startswith("#"):
            return name
        answer = await self._requests.json("GET", path("directory", "room", name), seconds=SECONDS)
        return str(answer.get("room_id", ""))

    async def _room(
        self, wanted: WantedRoom, roster: Roster | None, stage: str, now: int, replaced: Mapping[str, str]
    ) -> list[Finding]:
        kind, name = wanted.kind, wanted.address
        # As it is called in bridge.yaml, below forum.rooms.
        called = f"groups.{wanted.name}" if kind == "group" else kind
        said = {"kind": called, "room": name}
        try:
            try:
                room = await self.room_id(name)
            except NotFound:
                return [wrong("rooms.no_alias", **said)]
            state = await self.state(replaced.get(room, room))
        except (NotFound, Forbidden):
            return [wrong("rooms.not_joined", **said)]
        except MatrixError as error:
            return [wrong("rooms.unclear", **said, why=str(error))]
        if self.user not in state.members():
            return [wrong("rooms.not_joined", **said)]
        found = judge(kind, name, state, bot=self.user, roster=roster, stage=stage, now=moment(now))
        return [_called(one, called) for one in found]

    async def state(self, room: str) -> RoomState:
        """The current state of a room that the bot is in. Raises MatrixError kinds."""
        body = await self._requests.raw("GET", path("rooms", room, "state"), limit=SYNC_LIMIT, seconds=60)
        try:
            return room_state(msgspec.json.decode(body, type=list[object]))
        except msgspec.MsgspecError:
            raise Unreachable("not_matrix", "the answer has not the shape that Matrix gives it") from None


def _called(finding: Finding, called: str) -> Finding:
    if "kind" not in finding.values:
        return finding
    return msgspec.structs.replace(finding, values={**finding.values, "kind": called})


def _session(settings: Settings) -> Credentials | None:
    try:
        return msgspec.json.decode((settings.state / "session.json").read_bytes(), type=Credentials)
    except (OSError, msgspec.MsgspecError):
        return None


def _number(version: str) -> tuple[int, int]:
    major, _, minor = version.removeprefix("v").partition(".")
    return int(major) if major.isdigit() else 0, int(minor) if minor.isdigit() else 0


def _object(value: Json, *names: str) -> Json:
    for name in names:
        found = value.get(name)
        value = found if isinstance(found, dict) else {}
    return value


def _public(key_object: Json) -> str | None:
    values = list(_object(key_object, "keys").values())
    return values[0] if len(values) == 1 and isinstance(values[0], str) else None
