"""Removing what lies beside the ledger of destroyed contents: files of the archive, our own copies of bundles.

The ledger has destroyed its part in the transaction that queued the effect. What is here can be done any number of
times, so that a crash between two removals costs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

from bridge.journey.tries import Later
from bridge.ledger import destroying
from bridge.ledger.ledger import Ledger
from bridge.ledger.store import Store
from bridge.model.clock import Clock
from bridge.model.effects import Discard
from bridge.model.evidence import EvidenceArchive

PAUSE_MS = 5000
"""How long to wait for a verdict that has come in to be decided: its file may be the same."""


class Discarding:
    """Carries :class:`bridge.model.effects.Discard` out.

    ``exports`` holds our copies of bundles, ``openings`` what bundles begin with.
    ``scrub`` makes the database forget its own copies of what was taken out of it, as far as it keeps any.
    """

    def __init__(
        self,
        ledger: Ledger,
        archive: EvidenceArchive,
        clock: Clock,
        *,
        exports: Path,
        openings: Path,
        scrub: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._archive = archive
        self._clock = clock
        self._exports = exports
        self._openings = openings
        self._scrub = scrub

    async def __call__(self, effect: Discard) -> None:
        """Remove it all; what is gone already is gone. Raises :class:`bridge.journey.tries.Later`."""
        if effect.sha256s and not await self._ledger.write(lambda store: self._files(store, effect)):
            raise Later(self._clock.now() + PAUSE_MS, "a verdict on a file is still to be decided")
        await asyncio.to_thread(self._copies, effect)

    def _files(self, store: Store, effect: Discard) -> bool:
        """Remove files that no record shows any more. On the writer thread, so that no verdict comes in between."""
        if destroying.verdict_waits(store):
            return False
        for sha256 in effect.sha256s:
            if not destroying.still_shown(store, sha256):
                self._archive.remove(sha256)
        return True

    def _copies(self, effect: Discard) -> None:
        for week in effect.weeks:
            for bundle in self._exports.glob(f"*{week}.zip"):
                bundle.unlink(missing_ok=True)
        # They hold records of open things as they were; the next export makes those of today.
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._openings)
        self._scrub()
