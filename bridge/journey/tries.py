"""What became of an errand, and what is known of its earlier tries.

Transaction ids alone do not give exactly-once: the homeserver keeps them for a day, per device, for messages and
redactions only. So before an effect that was tried is repeated, its postcondition is checked by kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from bridge.ledger import gaps, outbox
from bridge.ledger.ledger import Ledger
from bridge.ledger.outbox import Errand
from bridge.model.clock import Clock
from bridge.model.ports import Homeserver

TXN_TRUSTED_MS = 12 * 3600 * 1000
"""How long a homeserver surely remembers a transaction id of the same device; Synapse keeps them for a day."""

LOOKING_PAUSE_MS = 1000


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """An errand is done. ``event`` is None when there was nothing to send."""

    event: str | None = None
    room: str = ""
    """Where, when the effect does not say it itself (a direct chat)."""
    shown: str = ""
    already: bool = False
    """The homeserver had it so before we asked."""
    detail: str = ""
    before: Mapping[str, int | None] = {}
    """Of power levels: what was found at the paths that were changed; None: no key."""


class Later(Exception):
    """Not now, and nothing was changed: try again at this time (ms). ``give_up``: but not for more than a day."""

    def __init__(self, until: int, why: str = "", *, give_up: bool = False) -> None:
        super().__init__(why)
        self.until = until
        self.why = why
        self.give_up = give_up


class Tries:
    """What is known of an errand that was tried before.

    ``rounds`` is how many sync responses were taken in since the start: our own events of earlier tries are looked
    for only in what has been read.
    """

    def __init__(self, ledger: Ledger, homeserver: Homeserver, clock: Clock, *, rounds: Callable[[], int]) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._clock = clock
        self._rounds = rounds
        self._failed_in: dict[int, int] = {}

    def unanswered(self, errand: Errand) -> None:
        """No answer came to this try, so that what it did is not known."""
        self._failed_in[errand.id] = self._rounds()

    def answered(self, errand: Errand) -> None:
        """The errand is done."""
        self._failed_in.pop(errand.id, None)

    async def in_doubt(self, errand: Errand, room: str) -> bool:
        """Whether an earlier try may stand and its transaction id can no longer be trusted to catch a repeat.

        Then everything that has come back from the room must have been read first, else :class:`Later`.
        """
        if errand.first_try is None:
            return False
        young = 0 <= self._clock.now() - errand.first_try < TXN_TRUSTED_MS
        if young and errand.device == self._homeserver.device_id:
            return False
        await self.has_read(errand, room)
        return True

    async def has_read(self, errand: Errand, room: str) -> None:
        """A response that was asked for after the last try must have been taken in, and the room have no gap."""
        # The response that comes next may have been asked for before; the one after that surely was not.
        needed = self._failed_in.get(errand.id, -1) + 2
        if self._rounds() < needed or await self._ledger.read(lambda store: gaps.is_open(store, room)):
            raise Later(self._clock.now() + LOOKING_PAUSE_MS, "looking in the room for an earlier try first")

    async def stands_already(self, errand: Errand, room: str) -> bool:
        """Whether the event of an earlier try came back: its cause in our own event has confirmed the row."""
        return await self.in_doubt(errand, room) and await self._ledger.read(
            lambda store: outbox.is_confirmed(store, errand.id)
        )
