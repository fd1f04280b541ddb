"""Changed files come into force while the bridge runs; bad ones change nothing.

A file is taken when two reads in a row are equal, and a fault is believed only when it stays for a moment: editors
truncate before they write, or rename a new file into place. The *directory* is watched, and looked at now and then
even without a notification, because some mounts never send one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from watchfiles import awatch

from bridge.policy.load import POLICY_NAME, ROSTER_NAME, Configuration, Source, load_sources, read_source
from bridge.policy.models import Policy
from bridge.policy.problems import Problem, Refused
from bridge.policy.roster import Roster

log = structlog.get_logger(__name__)

Stirs = AsyncIterator[None]
"""Yields whenever the files may have changed; too often does no harm."""

Pause = Callable[[], Awaitable[None]]
"""Waits for a moment, a fifth of a second or so."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """New files are valid. They are in force once the ledger has recorded them."""

    configuration: Configuration

    @property
    def policy(self) -> Policy:
        return self.configuration.policy

    @property
    def roster(self) -> Roster:
        return self.configuration.roster

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of the two files."""
        return self.configuration.digests


@dataclass(frozen=True, slots=True)
class Rejected:
    """New files have faults; what was in force stays."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Faulty files were put back as they are in force; there is nothing to mend any more."""


async def a_moment() -> None:
    """The usual pause between two reads."""
    await asyncio.sleep(0.2)


async def watch(
    directory: Path,
    in_force: Mapping[str, str],
    stirs: Stirs,
    *,
    pause: Pause = a_moment,
    patience: int = 5,
) -> AsyncIterator[Reloaded | Rejected | TakenBack]:
    """Yield what becomes of each change to the two files in ``directory``.

    ``in_force`` holds the SHA-256 of the files now in force (``Configuration.digests``). The same content is told
    once, good or bad. ``patience`` is how many pauses a fault is given to go away by itself.
    """
    known = (in_force["policy"], in_force["roster"])
    told = known
    async for _ in stirs:
        if _digests(await asyncio.to_thread(_read, directory)) == told:
            continue
        sources = await _settled(directory, pause, patience)
        if sources is None:
            continue  # still being written: the writing itself will stir again
        digests = _digests(sources)
        if digests == told:
            continue
        told = digests
        if digests == known:
            yield TakenBack()
            continue
        try:
            configuration = await asyncio.to_thread(load_sources, *sources)
        except Refused as refused:
            yield Rejected(refused.problems)
        else:
            known = digests
            yield Reloaded(configuration)


async def _settled(directory: Path, pause: Pause, patience: int) -> tuple[Source, Source] | None:
    """The two files once they hold still: two equal reads, and for faulty ones ``patience`` equal reads more."""
    last = await asyncio.to_thread(_read, directory)
    calm = 0
    for _ in range(20 * (patience + 1)):
        await pause()
        now = await asyncio.to_thread(_read, directory)
        calm = calm + 1 if _digests(now) == _digests(last) else 0
        last = now
        if calm and (calm > patience or await asyncio.to_thread(_is_good, now)):
            return now
    return None


def _read(directory: Path) -> tuple[Source, Source]:
    return read_source(directory / POLICY_NAME), read_source(directory / ROSTER_NAME)


def _digests(sources: tuple[Source, Source]) -> tuple[str, str]:
    """Like those of a configuration; a file that cannot be read differs from every file that can."""
    policy, roster = (s.digest if s.unreadable is None else s.unreadable.key for s in sources)
    return policy, roster


def _is_good(sources: tuple[Source, Source]) -> bool:
    try:
        load_sources(*sources)
    except Refused:
        return False
    return True


async def stirs_of(directory: Path, *, look_every: float = 15.0) -> Stirs:
    """Stir at the start, at notifications about the directory, and every ``look_every`` seconds without any."""
    yield
    try:
        changes = awatch(
            directory,
            debounce=400,
            step=50,
            recursive=False,
            yield_on_timeout=True,
            rust_timeout=int(look_every * 1000),
        )
        async for _ in changes:
            yield
    except (OSError, RuntimeError) as error:  # no inotify left, or the directory was moved away
        log.warning("policy.watch.polling", reason=str(error))
    while True:
        await asyncio.sleep(min(look_every, 2.0))
        yield
