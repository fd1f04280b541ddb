"""What the story's chapters are written with: acting, waiting, looking, and noting whether it went as it should."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from bridge.model.event import Event
from bridge.rehearsal import pictures
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.screen import Screen
from bridge.rehearsal.stage import Stage
from bridge.rehearsal.transcript import Entry, Transcript

SEE_SECONDS = 15.0
WATCHING = ("ahli-1", "bupati", "auditor-1")
"""Whose clients keep receiving: an expert, who is in all rooms, the regent, and an auditor."""


class Unseen(Exception):
    """What should have been seen was not."""


class Result(msgspec.Struct, frozen=True):
    """One expectation, and what came of it."""

    what: str
    met: bool
    seen: str


class Note:
    """What is seen while an expectation is being looked at."""

    def __init__(self) -> None:
        self.seen = "yes"

    def __call__(self, seen: object) -> None:
        self.seen = str(seen)


class Play:
    """One performance, on the days from ``friday`` on. ``seed`` makes its pictures differ from any other's."""

    def __init__(self, stage: Stage, transcript: Transcript, screen: Screen, friday: datetime, seed: str) -> None:
        self.stage = stage
        self.transcript = transcript
        self.screen = screen
        self.friday = friday
        self.seed = seed
        self.results: list[Result] = []
        self.forum = stage.room("forum")
        self.control = stage.room("control")
        self.audit = stage.room("audit")
        self.events: dict[str, str] = {}
        """Messages that later chapters come back to: a name of the story's own to event id."""
        self.numbers: dict[str, str] = {}
        """Numbers that the bundle is searched for: a name of the story's own to the number."""
        self.old_photo = b""
        """The photo that will be used twice."""
        self.mark = 0
        """How many events the expert's client had received when the chapter began."""
        self.bundle: Path | None = None
        """What the auditor downloaded from the audit room."""

    @property
    def week(self) -> str:
        """The ISO week that is played: `2026-W47`."""
        year, week, _ = self.friday.isocalendar()
        return f"{year}-W{week:02d}"

    # Time

    async def at(self, hour: int, minute: int, *, day: int = 0) -> None:
        """Let the bridge finish what it has to do now, then move the clock; ``day`` counts from the Friday."""
        await self.stage.settled()
        self.stage.clock.jump_to(self.stage.clock.at(self.friday + timedelta(days=day), hour, minute))
        await self.stage.settled()

    async def chapter(self, title: str, explained: str, hour: int, minute: int, *, day: int = 0) -> None:
        """Begin a chapter at a time of day."""
        await self.stage.settled()
        at = self.stage.clock.at(self.friday + timedelta(days=day), hour, minute)
        self.screen.chapter(f"{self.stage.clock.when(at)} · {title}", explained)
        self.transcript.chapter(title, explained, at)
        self.mark = len(self.eyes.events)
        self.stage.clock.jump_to(at)
        await self.stage.settled()

    # Acting

    def who(self, localpart: str) -> StaffClient:
        """A player's client."""
        return self.stage.clients[localpart]

    async def says(self, localpart: str, text: str, **more: Any) -> str:
        """Somebody writes in the forum; ``more`` as :meth:`StaffClient.text` takes it."""
        return await self.who(localpart).text(self.forum, text, **more)

    async def shows(self, localpart: str, place: str, caption: str | None = None, **more: Any) -> str:
        """Somebody sends a photo of a place of its own; ``more`` as :meth:`StaffClient.image` takes it."""
        data = await self.photo(f"{localpart} {place}", place)
        return await self.who(localpart).image(self.forum, data, caption=caption, filename=self._file(), **more)

    async def films(self, localpart: str, place: str, caption: str | None = None, **more: Any) -> str:
        """Somebody sends a short video."""
        data = await asyncio.to_thread(pictures.clip, f"{self.seed} {localpart} {place}", place, seconds=2.5)
        return await self.who(localpart).video(
            self.forum, data, caption=caption, filename=self._file("VID", "mp4"), duration_ms=2500,
            width=640, height=480, **more,
        )  # fmt: skip

    async def photo(self, seed: str, place: str) -> bytes:
        """A photo that nobody has sent before."""
        taken = self.stage.clock.local(self.stage.clock.now())
        return await asyncio.to_thread(pictures.photo, f"{self.seed} {seed}", place, taken=taken)

    async def reacts(self, localpart: str, event_id: str, key: str) -> str:
        """Somebody taps a reaction in the forum."""
        return await self.who(localpart).react(self.forum, event_id, key)

    def _file(self, kind: str = "IMG", ending: str = "jpg") -> str:
        now = self.stage.clock.local(self.stage.clock.now())
        return f"{kind}_{now:%Y%m%d_%H%M%S}.{ending}"

    # Looking

    @property
    def eyes(self) -> StaffClient:
        """The client whose view the transcript is."""
        return self.who(WATCHING[0])

    async def chip(self, event_id: str, mark: str, *, within: float = SEE_SECONDS) -> str:
        """The number with which the bot tagged a message: `P-1` of a reaction `📌 P-1`."""
        found = await self.eyes.wait_for(lambda event: self._is_chip(event, event_id, mark), within)
        return str(found.content["m.relates_to"]["key"]).removeprefix(mark).strip()

    def _is_chip(self, event: Event, target: str, mark: str) -> bool:
        relation = event.content.get("m.relates_to") or {}
        return (
            event.type == "m.reaction"
            and event.sender == self.stage.bot
            and relation.get("event_id") == target
            and str(relation.get("key", "")).startswith(mark)
        )

    def chips(self, event_id: str) -> list[str]:
        """The bot's reactions on a message, as they stand now."""
        entry = self.transcript.entry(event_id)
        return [key for key, names in entry.reactions.items() if "Tudang" in names] if entry else []

    async def bot_says(self, part: str, *, room: str | None = None, after: int | None = None) -> Event:
        """A message of the bot that holds ``part``, as the expert's client decrypted it, since the chapter began.

        ``after`` is how many events that client had received when it may have come first.
        """
        since = self.mark if after is None else after
        return await self.eyes.wait_for_text(
            room or self.forum, part, SEE_SECONDS, after=since, sender=self.stage.bot
        )

    async def until(self, met: Callable[[], Any], what: str, *, within: float = SEE_SECONDS) -> Any:
        """Wait until ``met`` gives something that is true, and return it. Raises :class:`Unseen`."""
        for _ in range(int(within / 0.1)):
            found = met()
            if found:
                return found
            await asyncio.sleep(0.1)
        raise Unseen(what)

    def card(self, number: str) -> Entry | None:
        """The card of an order, as it looks now."""
        for entry in self.transcript.entries("forum"):
            if entry.bot and entry.text.startswith(f"📌 {number} ·"):
                return entry
        return None

    def counts(self, number: str) -> tuple[int, int, int] | None:
        """(received, reported, owing) on an order's card."""
        card = self.card(number)
        found = card and re.search(r"(\d+) siap · (\d+) lapor · (\d+) belum", card.text)
        return (int(found[1]), int(found[2]), int(found[3])) if found else None

    async def card_shows(self, number: str, *, received: int | None = None, reported: int | None = None) -> str:
        """Wait until the card shows these counts; returns its line. Raises :class:`Unseen` with what it shows."""

        def met() -> bool:
            seen = self.counts(number)
            return seen is not None and received in (None, seen[0]) and reported in (None, seen[1])

        with contextlib.suppress(Unseen):
            await self.until(met, "")
            return "card: {} siap · {} lapor · {} belum".format(*(self.counts(number) or ()))
        raise Unseen(f"the card shows {self.counts(number)}")

    def bot_messages(self, place: str, since: int) -> list[Entry]:
        """What the bot said in a kind of room from an index of :meth:`Transcript.entries` on."""
        return [entry for entry in self.transcript.entries(place)[since:] if entry.bot]

    # Judging

    @contextlib.asynccontextmanager
    async def expecting(self, what: str) -> AsyncIterator[Note]:
        """Note whether what is done inside succeeds; a failure is shown, and the story goes on."""
        note = Note()
        try:
            yield note
        except (TimeoutError, Unseen, AssertionError) as failure:
            self.judge(what, False, str(failure) or type(failure).__name__)
        else:
            self.judge(what, True, note.seen)

    def judge(self, what: str, met: bool, seen: object) -> None:
        """Note an expectation that was looked at."""
        self.results.append(Result(what, met, str(seen)))
        self.screen.line(f"   {'✔' if met else '✘'} {what}: {seen}", "green" if met else "bold red")


async def together(*acts: Any, at_once: int = 6) -> Sequence[Any]:
    """Do several things at the same time, as people do, a few at once for the machine's sake."""
    gate = asyncio.Semaphore(at_once)

    async def one(act: Any) -> Any:
        async with gate:
            return await act

    return await asyncio.gather(*(one(act) for act in acts))
