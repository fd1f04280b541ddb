"""Cross-signing: the bot signs its own device, so that clients show no shield and give it keys.

Follows "Cross-signing" of the end-to-end encryption module. The identity is three Ed25519 seeds, made once and
stored before anything is uploaded. They are never made anew: another identity would look like an impostor to
everybody who has talked to the bot. A new device under the same identity needs one signature and nobody's consent.
"""

from __future__ import annotations

import msgspec
import structlog
from nacl.signing import SigningKey

from bridge.matrix.crypto.account import QUERY, Account, Caller
from bridge.matrix.crypto.signing import encode_base64, is_signed, signed
from bridge.matrix.crypto.vault import Vault
from bridge.matrix.requests import AuthenticationNeeded
from bridge.model.event import Json
from bridge.model.ports import Keyring

log = structlog.get_logger(__name__)

SIGNING_UPLOAD = "/_matrix/client/v3/keys/device_signing/upload"
SIGNATURES_UPLOAD = "/_matrix/client/v3/keys/signatures/upload"
PASSWORD = "m.login.password"  # noqa: S105 - the name of a stage


class IdentityConflict(Exception):
    """The account has a cross-signing identity that is not ours. It is left alone; the message says what to do."""


class CannotSign(Exception):
    """The homeserver did not take our identity or signature; the message says why and what to do."""


class TrustState(msgspec.Struct, frozen=True):
    """How others see our device."""

    device_id: str
    device_fingerprint: str
    """The device's Ed25519 key in groups of four characters, as clients show it."""
    identity_fingerprint: str | None
    """The master key in groups of four characters; None when there is no identity yet."""
    cross_signed: bool
    sentence: str
    """All of it in one English sentence."""


class Identity(msgspec.Struct, frozen=True):
    """The seeds, 32 bytes each, in the order of the specification's usages."""

    master: bytes
    self_signing: bytes
    user_signing: bytes


class Standing(msgspec.Struct, frozen=True):
    """What the homeserver confirmed last."""

    cross_signed: bool


class CrossSigning:
    """The identity of one account on one device.

    ``secret_key`` and ``keyring`` are those of the machine, ``account`` is the machine's.
    """

    def __init__(self, account: Account, *, caller: Caller, keyring: Keyring, secret_key: bytes) -> None:
        self._account = account
        self._caller = caller
        self._vault = Vault(keyring, secret_key)
        self._user = account.user_id

    async def ensure(self, password: str | None = None) -> TrustState:
        """Make our device signed by our identity; what is there already is only checked.

        ``password`` is for homeservers that ask for it before they take a first identity. The device's own keys are
        uploaded first if they were not. Raises MatrixError kinds, :class:`IdentityConflict`, :class:`CannotSign`.
        """
        if not self._account.announced:
            await self._account.publish(self._caller)
        keys = await self._own_keys()
        identity = self._identity()
        theirs = _public(keys["master"])
        if theirs is not None and (identity is None or theirs != _name(identity.master)):
            raise IdentityConflict(
                f"{self._user} already has a cross-signing identity ({grouped(theirs)}) whose keys are not in this "
                "store; bring the store back from a backup, or reset the account's identity in a client on purpose"
            )
        if identity is None:
            identity = self._make_identity()
        if theirs is None or not self._has_signing_keys(keys, identity):
            await self._upload_identity(identity, password)
        if not self._signed_by(identity, keys["device"]):
            await self._sign(identity, keys["device"])
            keys = await self._own_keys()
        return self._conclude(self._signed_by(identity, keys["device"]))

    def state(self) -> TrustState:
        """What the homeserver confirmed when it was last asked; asks nobody."""
        standing = self._vault.get(Standing, "identity", self._user, "standing", self._account.device_id)
        return self._describe(standing is not None and standing.cross_signed)

    def _identity(self) -> Identity | None:
        return self._vault.get(Identity, "identity", self._user, "seeds")

    def _make_identity(self) -> Identity:
        """New seeds, on disk before anybody hears of them."""
        identity = Identity(*(bytes(SigningKey.generate()) for _ in range(3)))
        step = self._vault.step()
        step.put(identity, "identity", self._user, "seeds")
        step.commit()
        return identity

    async def _own_keys(self) -> dict[str, Json]:
        """Our device and cross-signing keys as the homeserver has them; raises when it has no such device."""
        answer = await self._caller.json("POST", QUERY, body={"device_keys": {self._user: []}})
        device = answer.get("device_keys", {}).get(self._user, {}).get(self._account.device_id)
        if not isinstance(device, dict):
            raise CannotSign(f"the homeserver does not list our device {self._account.device_id}; log in again")
        return {"device": device} | {
            usage: answer.get(f"{usage}_keys", {}).get(self._user) or {}
            for usage in ("master", "self_signing", "user_signing")
        }

    def _has_signing_keys(self, keys: dict[str, Json], identity: Identity) -> bool:
        """Whether the identity that is there is complete; a crash between two uploads cannot leave half of one."""
        return _public(keys["self_signing"]) == _name(identity.self_signing)

    async def _upload_identity(self, identity: Identity, password: str | None) -> None:
        body = self._key_objects(identity)
        try:
            await self._caller.json("POST", SIGNING_UPLOAD, body=body)
        except AuthenticationNeeded as asked:
            if (PASSWORD,) not in asked.flows:
                raise CannotSign(
                    "the homeserver wants a confirmation that only a client can give before it takes a "
                    f"cross-signing identity; allow it for {self._user} in the account's settings and try again"
                ) from asked
            if password is None:
                raise CannotSign(
                    "the homeserver asks for the bot's password before it takes a cross-signing identity; "
                    "give it once (TUDANG_PASSWORD or a password file)"
                ) from asked
            auth: Json = {
                "type": PASSWORD,
                "identifier": {"type": "m.id.user", "user": self._user},
                "password": password,
                "session": asked.session,
            }
            await self._caller.json("POST", SIGNING_UPLOAD, body={**body, "auth": auth})

    def _key_objects(self, identity: Identity) -> Json:
        master, master_name = SigningKey(identity.master), f"ed25519:{_name(identity.master)}"

        def described(usage: str, seed: bytes) -> Json:
            name = _name(seed)
            return {"user_id": self._user, "usage": [usage], "keys": {f"ed25519:{name}": name}}

        def by_master(value: Json) -> Json:
            return signed(value, self._user, master_name, lambda data: encode_base64(master.sign(data).signature))

        own_device = f"ed25519:{self._account.device_id}"
        return {
            "master_key": signed(described("master", identity.master), self._user, own_device, self._account.sign),
            "self_signing_key": by_master(described("self_signing", identity.self_signing)),
            "user_signing_key": by_master(described("user_signing", identity.user_signing)),
        }

    async def _sign(self, identity: Identity, device: Json) -> None:
        """Upload our identity's signature of our device, made over the keys that we know to be ours."""
        ours = self._account.device_keys()
        if any(device.get(part) != ours[part] for part in ("user_id", "device_id", "algorithms", "keys")):
            raise CannotSign(
                f"the homeserver lists other keys for our device {self._account.device_id}; "
                "log in again as a new device"
            )
        key = SigningKey(identity.self_signing)
        name = f"ed25519:{_name(identity.self_signing)}"
        signature = signed(ours, self._user, name, lambda data: encode_base64(key.sign(data).signature))
        body = {self._user: {self._account.device_id: signature}}
        answer = await self._caller.json("POST", SIGNATURES_UPLOAD, body=body)
        if answer.get("failures"):
            raise CannotSign(f"the homeserver refused the signature of our device: {answer['failures']}")

    def _signed_by(self, identity: Identity, device: Json) -> bool:
        name = _name(identity.self_signing)
        return is_signed(device, self._user, f"ed25519:{name}", name)

    def _conclude(self, cross_signed: bool) -> TrustState:
        step = self._vault.step()
        step.put(Standing(cross_signed), "identity", self._user, "standing", self._account.device_id)
        step.commit()
        return self._describe(cross_signed)

    def _describe(self, cross_signed: bool) -> TrustState:
        identity = self._identity()
        fingerprint = None if identity is None else grouped(_name(identity.master))
        device = grouped(self._account.ed25519)
        if cross_signed:
            sentence = (
                f"Device {self._account.device_id} is signed by the identity of {self._user}; "
                "clients show no warning and give it keys."
            )
        elif identity is None:
            sentence = f"{self._user} has no cross-signing identity yet; clients warn about its messages."
        else:
            sentence = (
                f"Device {self._account.device_id} is not signed by the identity of {self._user} yet; "
                "clients warn about its messages."
            )
        return TrustState(self._account.device_id, device, fingerprint, cross_signed, sentence)


def grouped(key: str) -> str:
    """A key in groups of four characters."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))


def _name(seed: bytes) -> str:
    """The public key of a seed in unpadded base64, which is its id as well."""
    return encode_base64(bytes(SigningKey(seed).verify_key))


def _public(key_object: Json) -> str | None:
    """The one public key in a cross-signing key object."""
    keys = key_object.get("keys")
    values = list(keys.values()) if isinstance(keys, dict) else []
    return values[0] if len(values) == 1 and isinstance(values[0], str) else None
