"""`scripts/bench kill`: a bridge under traffic, killed at random moments, and everything counted after each start.

A round gives messages at random intervals, kills the bridge (SIGKILL) at a random moment among them, now and then
once more while it starts again, and lets it catch up. Then the messages are compared with the record, and what the
record wants to be seen with what stands in the rooms.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import msgspec

from bridge.ledger.chain import Broken
from bridge.ledger.records import verify_chain
from bridge.ledger.store import Store, sqlite_database
from bridge.model.effects import AnyEffect, PostBundle, React, Refresh, Say
from bridge.model.event import Json
from bridge.rehearsal.bench import replay, workload
from bridge.rehearsal.bench.lasting import Lasting, serve
from bridge.rehearsal.bench.processes import Ended, Process
from bridge.rehearsal.bench.tables import table

FORUM = "bench"
ROOMS = 3
MESSAGES = (15, 45)
"""Given in a round, between these."""
BURST_SECONDS = 1.5
START_SECONDS = 2.5
"""Within so long after a start the second kill of a round comes."""
TWICE = 0.3
"""The share of rounds with a second kill."""
PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.05
PICTURES = 20
"""Different scenes to draw."""
SEEN = Say | Refresh | React | PostBundle
"""Effects that leave an event with their cause in a room."""

_effect = msgspec.json.Decoder(AnyEffect).decode


class Count(msgspec.Struct, kw_only=True):
    """What was found after a round; the numbers count from the beginning."""

    kills: int = 0
    given: int = 0
    recorded: int = 0
    lost: int = 0
    """Messages without a record."""
    repeated: int = 0
    """Records of a message beyond its first."""
    wanted: int = 0
    """Effects that the ledger holds for done, and marks that messages of this kind are to carry."""
    visible: int = 0
    missing: int = 0
    doubled: int = 0
    """Events of ours beyond the first of their effect, marks beyond the first on a message, cards posted twice."""
    broken: str = ""
    """Where the chain does not verify."""

    @property
    def whole(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return not (self.lost or self.repeated or self.missing or self.doubled or self.broken)


class Killed:
    """A bridge that is started and killed, on one state folder."""

    def __init__(self, folder: Path, settings: Path) -> None:
        self.log = folder / "tudang.log"
        self.kills = 0
        self._settings = settings
        self._process: Process | None = None

    def start(self) -> None:
        """Start it; what it says follows what those before it said."""
        arguments = ("run", "--config", str(self._settings), "--log-level", "WARNING")
        self._process = Process("bridge", arguments, self.log, {"TUDANG_ACCESS_TOKEN": workload.TOKEN})

    def expect_alive(self) -> None:
        """Raises :class:`Ended` when it has ended by itself."""
        if self._process is None:
            raise Ended("the bridge was never started")
        self._process.expect_alive()

    def kill(self) -> None:
        """SIGKILL, of a process that is alive."""
        self.expect_alive()
        self.end()
        self.kills += 1

    def end(self) -> None:
        """End it for good, whatever state it is in."""
        if self._process is not None:
            self._process.kill()


def pictures(folder: Path) -> list[bytes]:
    """The scenes that messages show; drawn when they are not there."""
    return replay.scenes_in(replay.scenes(folder, PICTURES))


async def measure(
    rounds: int, seed: int, folder: Path, pictures: list[bytes], told: Callable[[str], None]
) -> list[Count]:
    """Play the rounds; the counts after each, as far as it came. ``told`` hears a line after every round."""
    chance = Random(seed)  # noqa: S311
    replay.fresh(folder)
    homeserver = Lasting(rounds * MESSAGES[1], ROOMS, pictures)
    server = await serve(homeserver)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    bridge = Killed(folder, replay.write_files(folder, url, ROOMS, 0))
    ledger = folder / "state" / "ledger.db"
    tally = Tally(ledger, homeserver)
    counts: list[Count] = []
    try:
        bridge.start()
        await _until(lambda: tally.in_force(), bridge)
        for number in range(1, rounds + 1):
            await _round(homeserver, bridge, chance)
            try:
                await _until(lambda: tally.quiet(), bridge)
            except TimeoutError:
                told("it does not come to rest; counted as it is")
            count = tally.count(bridge.kills)
            counts.append(count)
            told(f"round {number}: {count.given} given, {count.recorded} recorded, {count.kills} kills")
            if not count.whole:
                break
    finally:
        bridge.end()
        server.close()
    return counts


async def _round(homeserver: Lasting, bridge: Killed, chance: Random) -> None:
    """Give messages, kill the bridge among them, start it again."""
    amount = chance.randint(*MESSAGES)
    pauses = [chance.expovariate(amount / BURST_SECONDS) for _ in range(amount)]
    moment = chance.uniform(0.0, BURST_SECONDS)
    again = chance.uniform(0.0, START_SECONDS) if chance.random() < TWICE else None

    async def talk() -> None:
        for pause in pauses:
            await asyncio.sleep(pause)
            homeserver.give(1)

    talking = asyncio.create_task(talk())
    await asyncio.sleep(moment)
    bridge.kill()
    bridge.start()
    if again is not None:
        await asyncio.sleep(again)
        bridge.kill()
        bridge.start()
    await talking


class Tally:
    """Compares what was given, what is recorded and what stands in the rooms. Facts are read once each."""

    def __init__(self, ledger: Path, homeserver: Lasting) -> None:
        self._ledger = ledger
        self._homeserver = homeserver
        self._position = 0
        self._recorded: Counter[str] = Counter()

    def in_force(self) -> bool:
        """Whether the forum has been looked at and does what the policy says."""
        return bool(self._rows("SELECT 1 FROM fact WHERE kind = 'adopted'")) and self.quiet()

    def quiet(self) -> bool:
        """Whether everything given is decided and carried out; a card edited a moment ago may wait for its edit."""
        return not self._rows(
            "SELECT 1 FROM inbox WHERE state = 'new' UNION ALL SELECT 1 FROM media WHERE verdict = 'pending'"
            " UNION ALL SELECT 1 FROM outbox WHERE state = 'sending' OR (state = 'waiting' AND merge = '') LIMIT 1"
        ) and self._taken_in(message.event_id for message in self._homeserver.given[-500:])

    def _taken_in(self, events: Iterable[str]) -> bool:
        wanted = list(events)
        marks = ",".join("?" * len(wanted))
        found = self._rows(f"SELECT COUNT(*) FROM inbox WHERE key IN ({marks})", *wanted)  # noqa: S608
        return bool(found) and found[0][0] == len(wanted)

    def count(self, kills: int) -> Count:
        """Everything so far."""
        given = self._homeserver.given
        for position, body in self._rows(
            "SELECT position, body FROM fact WHERE forum = ? AND kind = 'message' AND position > ?",
            FORUM,
            self._position,
        ):
            self._recorded[msgspec.json.decode(body)["event"]] += 1
            self._position = max(self._position, position)
        count = Count(kills=kills, given=len(given))
        count.lost = len([message for message in given if not self._recorded[message.event_id]])
        count.recorded = count.given - count.lost
        count.repeated = sum(times - 1 for times in self._recorded.values())
        self._count_effects(count)
        count.broken = self._verify()
        return count

    def _count_effects(self, count: Count) -> None:
        stands = Counter(event["content"].get("tudang.cause") for event in self._homeserver.ours)
        for txn, effect in self._rows("SELECT txn, effect FROM outbox WHERE state = 'confirmed' AND error = ''"):
            if isinstance(_effect(effect), SEEN):
                _add(count, stands.pop(txn, 0))
        # What is left has no effect behind it.
        count.doubled += sum(stands.values())
        for message in self._homeserver.given:
            if message.tagged:
                _add(count, len(self._homeserver.reactions(message.event_id)))
        posted = Counter(
            (event["room_id"], event["content"]["tudang.ref"])
            for event in self._homeserver.ours
            if "tudang.ref" in event["content"] and not _is_edit(event["content"])
        )
        count.doubled += sum(times - 1 for times in posted.values())

    def _verify(self) -> str:
        store = Store(sqlite_database(self._ledger, read_only=True))
        try:
            verify_chain(store, FORUM)
        except Broken as broken:
            return str(broken)
        finally:
            store.close()
        return ""

    def _rows(self, sql: str, *params: object) -> list[tuple]:  # type: ignore[type-arg]
        try:
            store = sqlite3.connect(f"file:{self._ledger}?mode=ro", uri=True, timeout=10)
        except sqlite3.OperationalError:
            return []
        try:
            return store.execute(sql, params).fetchall()
        except sqlite3.OperationalError:
            # The bridge is just making it.
            return []
        finally:
            store.close()


def _add(count: Count, times: int) -> None:
    count.wanted += 1
    count.visible += min(times, 1)
    count.missing += int(times == 0)
    count.doubled += max(times - 1, 0)


def _is_edit(content: Json) -> bool:
    return bool(content.get("m.relates_to", {}).get("rel_type") == "m.replace")


async def _until(met: Callable[[], bool], bridge: Killed) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not met():
        bridge.expect_alive()
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(LOOK_SECONDS)


def result(counts: list[Count], rounds: int, seed: int) -> str:
    """The table of all rounds and the sentence below it."""
    head = ("round", "kills", "given", "recorded", "lost", "doubled", "effects", "visible", "missing", "doubled")
    rows, before = [], Count()
    for number, count in enumerate(counts, 1):
        rows.append((str(number), *_new(count, before)))
        before = count
    rows.append(("all", *_new(before, Count())))
    whole = len(counts) == rounds and before.whole
    said = (
        "Nothing was lost and nothing doubled; the chain verifies." if whole else "SOMETHING WAS LOST OR DOUBLED."
    )
    if before.broken:
        said += f" The chain does not verify: {before.broken}."
    return f"{table(head, rows)}\n\n{len(counts)} rounds, {before.kills} kills, seed {seed}. {said}"


def _new(now: Count, before: Count) -> tuple[str, ...]:
    """What a round added."""
    names = ("kills", "given", "recorded", "lost", "repeated", "wanted", "visible", "missing", "doubled")
    return tuple(str(getattr(now, name) - getattr(before, name)) for name in names)
