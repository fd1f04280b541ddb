"""The ports: what one room needs of another, said as protocols."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import BinaryIO, Protocol

import msgspec

from bridge.model.event import Batch, Event, Json, Page


class MatrixError(Exception):
    """A homeserver said no, or could not be understood.

    ``errcode`` is Matrix's (`M_FORBIDDEN`), ``status`` the HTTP status (0 when there was no answer),
    ``retry_after_ms`` what a 429 asked for.
    """

    def __init__(self, errcode: str, message: str, *, status: int = 0, retry_after_ms: int | None = None) -> None:
        super().__init__(f"{errcode}: {message}" if message else errcode)
        self.errcode = errcode
        self.message = message
        self.status = status
        self.retry_after_ms = retry_after_ms


class Unreachable(MatrixError):
    """No usable answer: connection refused, timeout, 5xx, a page that is not Matrix JSON. Worth another try."""


class LimitExceeded(MatrixError):
    """429 (`M_LIMIT_EXCEEDED`). ``retry_after_ms`` is always set."""


class Forbidden(MatrixError):
    """403 (`M_FORBIDDEN`): we lack a permission, or are not in the room."""


class NotFound(MatrixError):
    """404 (`M_NOT_FOUND`)."""


class TokenRevoked(MatrixError):
    """401 (`M_UNKNOWN_TOKEN`, `M_MISSING_TOKEN`): the bridge stops with a clear sentence."""


class DeviceLost(Exception):
    """The homeserver holds keys for our device that we do not have the private half of: the bridge stops.

    Nothing mends that: log in anew, as a new device, and sign it with the same cross-signing identity.
    """


class RoomStates(Protocol):
    """Current room state as the ledger holds it, fed only by clear state events."""

    async def members(self, room_id: str, memberships: Sequence[str] = ("join",)) -> frozenset[str]:
        """User ids with one of these memberships."""
        ...

    async def state(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        """The content of a state event, or None when the room has none."""
        ...


class Sent(msgspec.Struct, frozen=True):
    """An event of ours that the homeserver has taken."""

    event_id: str


class Homeserver(Protocol):
    """The homeserver side as the journey uses it. Every call raises :class:`MatrixError` kinds.

    No call retries by itself: the outbox decides when and whether.
    """

    @property
    def user_id(self) -> str: ...

    @property
    def device_id(self) -> str: ...

    async def sync(self, since: str | None, timeout_ms: int) -> Batch:
        """One sync step. Key material that it brought is committed before this returns."""
        ...

    async def messages(self, room_id: str, *, since: str, until: str | None, limit: int = 100) -> Page:
        """A page of history, oldest first, decrypted where possible."""
        ...

    async def event(self, room_id: str, event_id: str) -> Event | None:
        """One event, decrypted where possible; None when it does not exist or may not be seen."""
        ...

    async def token_after(self, room_id: str, event_id: str) -> str:
        """From where :meth:`messages` goes on after an event. Raises NotFound when there is no such event."""
        ...

    async def doubt_keys(self) -> None:
        """The homeserver may have lost what it was given: share room keys anew, ask for everybody's devices."""
        ...

    async def open_again(self, room_id: str, raw: bytes) -> Event:
        """Try to decrypt a sealed event once more; its ``sealed`` tells whether it worked."""
        ...

    async def full_state(self, room_id: str) -> Sequence[Event]:
        """Every current state event of a room we are in (`/state`)."""
        ...

    async def read_state(self, room_id: str, event_type: str, state_key: str = "") -> Json | None:
        """One state content, freshly read from the homeserver."""
        ...

    async def receipts(self, room_id: str) -> Mapping[str, int]:
        """Until when each member has read in a room, by their latest public receipt (`m.read`): account -> ms."""
        ...

    async def send(self, room_id: str, event_type: str, content: Json, txn_id: str) -> Sent:
        """Send a message event, encrypted where the room is. Reactions stay clear, as Matrix has them."""
        ...

    async def redact(self, room_id: str, event_id: str, reason: str | None, txn_id: str) -> Sent: ...

    async def set_state(self, room_id: str, event_type: str, state_key: str, content: Json) -> Sent: ...

    async def invite(self, room_id: str, user_id: str, reason: str | None) -> None: ...

    async def kick(self, room_id: str, user_id: str, reason: str | None) -> None: ...

    async def ban(self, room_id: str, user_id: str, reason: str | None) -> None: ...

    async def unban(self, room_id: str, user_id: str, reason: str | None) -> None: ...

    async def join(self, room_id_or_alias: str) -> str:
        """Join and return the room id."""
        ...

    async def leave(self, room_id: str) -> None: ...

    async def resolve(self, alias: str) -> str:
        """The room id of an alias."""
        ...

    async def create_direct(self, user_id: str) -> str:
        """A new encrypted room with one invited person; returns its id."""
        ...

    async def reserve_media(self) -> str:
        """An mxc URI of ours, not yet filled (`POST /_matrix/media/v1/create`)."""
        ...

    async def fill_media(self, mxc: str, data: bytes | BinaryIO, content_type: str) -> None:
        """Upload into a reserved mxc, a file as it is read; `M_CANNOT_OVERWRITE_MEDIA` counts as success."""
        ...

    async def upload_limit(self) -> int | None:
        """The largest file that the homeserver takes (`m.upload.size`), in bytes; None when it does not say."""
        ...

    async def encrypt_attachment(self, source: BinaryIO, target: BinaryIO) -> Json:
        """Write the ciphertext of ``source`` to ``target``; returns the event's `file` object without `url`."""
        ...

    def download(self, mxc: str, *, file: Json | None, limit: int) -> AsyncIterator[bytes]:
        """The plaintext of a media file in chunks, never more than ``limit`` bytes.

        ``file`` is the event's `file` object when the attachment is encrypted; its hash is verified before
        the last chunk is yielded. Status, length and truncation are checked; raises MatrixError kinds.
        """
        ...

    async def close(self) -> None: ...


class Keyring(Protocol):
    """Durable key material: one transaction per call, committed when it returns. Values are opaque bytes.

    Tables are named by purpose (`account`, `olm`, `inbound`, `outbound`, `device`, `seen`, `identity`);
    a key is a tuple of text joined by the keyring. All reads are by key or by key prefix, so that nothing
    grows with history. The file is 0600 and only one process may hold it.
    """

    def get(self, table: str, *key: str) -> bytes | None: ...

    def scan(self, table: str, *prefix: str) -> list[tuple[tuple[str, ...], bytes]]:
        """Rows whose key starts with these parts, in the order they were first written."""
        ...

    def write(
        self,
        puts: Iterable[tuple[str, tuple[str, ...], bytes]],
        deletes: Iterable[tuple[str, tuple[str, ...]]] = (),
    ) -> None:
        """All of it or nothing, durable on return."""
        ...
