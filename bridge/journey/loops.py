"""What all loops share: waking each other, backing off, and what the outside may see of them."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Collection

import structlog

log = structlog.get_logger()

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0


class Bell:
    """Wakes a loop that waits; rings are not counted, a loop that is awake looks again before it sleeps."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits."""
        self._event.set()

    async def wait(self, seconds: float | None) -> None:
        """Wait for a ring, at most this long."""
        # Not wait_for: in Python 3.11 it swallows a cancellation that comes together with the ring.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()


class Pause:
    """Exponential back-off with jitter, in seconds of the machine's clock: 0.5, 1, 2 ... 60."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._next = FIRST_PAUSE

    def longer(self) -> float:
        """The next pause."""
        pause = self._next * (0.75 + self._chance() / 2)
        self._next = min(self._next * 2, LONGEST_PAUSE)
        return pause

    def reset(self) -> None:
        """Something worked."""
        self._next = FIRST_PAUSE


def backoff_ms(attempts: int) -> int:
    """How long to put an errand off after so many tries: 1 s, 2 s, 4 s ... at most 5 minutes."""
    return int(min(1000 * 2 ** min(attempts, 12), 300_000))


class Backwards:
    """Notices that a clock was set back, so that what was put off until a later time does not wait for it twice."""

    SLACK_MS = 1000

    def __init__(self) -> None:
        self._latest = 0

    def __call__(self, now: int) -> bool:
        """Whether ``now`` is before what was seen last."""
        back = now < self._latest - self.SLACK_MS
        self._latest = now if back else max(now, self._latest)
        return back


async def ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Wait for the end of tasks, and until they have taken themselves out of the sets that hold them."""
    await asyncio.gather(*tasks, return_exceptions=True)
    # Since Python 3.12 gathering what is done already does not let the loop turn: their callbacks are still to run.
    await asyncio.sleep(0)


async def stop(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel what is in flight and wait for its end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
