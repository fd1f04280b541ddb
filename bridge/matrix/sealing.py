"""The seam between transport and encryption: what the client asks of whoever holds the keys.

All calls come from one event loop. `open` is synchronous; the others may interleave with each other at their
awaits (a message is sent while a sync response is taken in), so an implementation guards its own state.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from bridge.model.event import Json, Trust


class Received(msgspec.Struct, frozen=True):
    """What the key material of one sync response brought, in the shape of :class:`bridge.model.event.Batch`."""

    new_sessions: tuple[tuple[str, str], ...] = ()
    """(room id, session id) of Megolm sessions that became readable."""
    withheld: tuple[tuple[str, str, str], ...] = ()
    """(room id, session id, code) of sessions whose sender refused us the key."""
    new_devices: tuple[tuple[str, str], ...] = ()
    """(user id, device id) of devices that people whose devices were known have added since the last response."""


class Opened(msgspec.Struct, frozen=True):
    """A decrypted `m.room.encrypted` event.

    ``payload`` is the whole decrypted JSON object, unjudged: the caller takes nothing but `type` and `content`
    from it, refuses state, and compares `room_id`.
    """

    payload: Json
    session_id: str
    message_index: int
    device_id: str | None
    trust: Trust


class Sealed(msgspec.Struct, frozen=True):
    """An event that could not be decrypted. ``code`` is short: `no_session`, `m.unverified`, `bad_ciphertext`."""

    code: str
    session_id: str | None = None
    device_id: str | None = None


class Sealing(Protocol):
    """Encryption and decryption with durable key material."""

    async def receive(self, sync: Json) -> Received:
        """Take in the key material of one sync response; all of it is committed when this returns.

        ``sync`` has only the keys of a `/sync` response that concern encryption, each present and of the
        named JSON type even when the homeserver sent something else: `to_device` (`{"events": [objects]}`),
        `device_lists` (`{"changed": [strings], "left": [strings]}`), and, only when the server sent them,
        `device_one_time_keys_count` (`{algorithm: int}`) and `device_unused_fallback_key_types` ([strings]).
        A response that was received before may come again.
        """
        ...

    def open(self, room_id: str, outer: Json) -> Opened | Sealed:
        """Decrypt one outer event of type `m.room.encrypted` that the homeserver says is in ``room_id``.

        ``outer`` is the event as received (`sender`, `event_id`, `content` ...); its content may have any shape.
        Never raises for what the event contains.
        """
        ...

    async def seal(self, room_id: str, event_type: str, content: Json) -> Json:
        """The content of the `m.room.encrypted` event to send, after sharing the room key as necessary.

        `m.relates_to` is copied to the outer content in clear. Recipients are the members that the room-state
        port names at this moment. Raises :class:`bridge.model.ports.MatrixError` kinds.
        """
        ...

    async def upkeep(self) -> None:
        """Upload keys, query changed devices, claim, send queued to-device messages: what is due, else nothing.

        Started after each sync response that was taken in, one at a time, while the next one is awaited.
        Raises :class:`bridge.model.ports.MatrixError` kinds; what was not done is due again next time.
        """
        ...

    def doubt(self) -> None:
        """The homeserver may have lost what it was given: begin new sessions, and ask for all devices again."""
        ...
