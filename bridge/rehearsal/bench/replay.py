"""`scripts/bench replay`: a stand-in homeserver, and before it one after the other a bare nio bot and Tudang."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import yaml

from bridge.rehearsal.bench import workload
from bridge.rehearsal.bench.processes import Process, running
from bridge.rehearsal.bench.standin import Score

STALLED_SECONDS = 60.0
"""Without any progress for so long, a contestant has given up."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How one contestant did with one number of rooms."""

    name: str
    rooms: int
    messages: int
    score: Score
    peak_bytes: int
    cpu: float
    stand_in_cpu: float
    judged_after: float | None = None
    """Seconds until the last verdict; None when there were none or they were not waited for."""
    verdicts: Mapping[str, int] = {}
    """Verdict -> number of pictures."""

    @property
    def judged(self) -> int:
        """Pictures with a verdict, whichever."""
        return sum(self.verdicts.values())

    @property
    def per_second(self) -> float:
        """Events a second, to the last tag."""
        return self.messages / self.score.last_tag if self.score.last_tag else 0.0

    @property
    def pictures_per_second(self) -> float:
        """Pictures judged a second."""
        return self.judged / self.judged_after if self.judged_after else 0.0


def scenes(folder: Path, count: int = workload.PICTURES) -> Path:
    """The pictures, drawn once and kept."""
    place = folder / f"scenes-{count}"
    if not place.exists():
        fresh = folder / f"scenes-{count}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for number, jpeg in enumerate(workload.scenes(count)):
            (fresh / f"{number:04}.jpg").write_bytes(jpeg)
        fresh.rename(place)
    return place


def scenes_in(place: Path) -> list[bytes]:
    """The pictures in a folder."""
    return [path.read_bytes() for path in sorted(place.glob("*.jpg"))]


def nio(messages: int, rooms: int, pictures: Path, folder: Path) -> Run:
    """The bare bot."""
    fresh(folder)
    with stand_in(messages, rooms, pictures, folder) as (homeserver, url):
        arguments = ("--url", url, "--database", str(folder / "bot.db"))
        with running("bridge.rehearsal.bench.nio_bot", *arguments, log=folder / "bot.log") as bot:
            return _run("matrix-nio bot", messages, rooms, url, homeserver, bot, lambda: True)


def tudang(messages: int, rooms: int, pictures: Path, folder: Path, *, verdicts: bool = True) -> Run:
    """Tudang, as an operator runs it; with ``verdicts`` until the last picture is judged."""
    fresh(folder)
    with (
        stand_in(messages, rooms, pictures, folder) as (homeserver, url),
        running_bridge(folder, url, rooms) as (bridge, page),
    ):

        def ready() -> bool:
            return calm(page) and _knows_its_rooms(folder)

        run = _run("Tudang", messages, rooms, url, homeserver, bridge, ready)
        if not verdicts:
            return run
        # A picture that is being judged stands in no queue for a moment: only verdicts tell that all are in.
        expected = workload.pictures_among(messages)
        wait_until(
            lambda: sum(_verdicts(folder).values()) >= expected and calm(page),
            bridge,
            lambda: (ask(url).photos, _verdicts(folder)),
        )
        last = max(ask(url).last_photo, run.score.last_tag)
        return msgspec.structs.replace(
            run, peak_bytes=bridge.peak_bytes(), judged_after=last, verdicts=_verdicts(folder)
        )


def fresh(folder: Path) -> None:
    """An empty folder on the disk of the checkout: what is measured has to reach a disk."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


@contextlib.contextmanager
def stand_in(messages: int, rooms: int, pictures: Path, folder: Path, *more: str) -> Iterator[tuple[Process, str]]:
    """The stand-in homeserver and its address."""
    arguments = ("--messages", str(messages), "--rooms", str(rooms), "--scenes", str(pictures), *more)
    with running("bridge.rehearsal.bench.standin", *arguments, log=folder / "stand-in.log") as process:
        yield process, f"http://127.0.0.1:{json.loads(process.line())['port']}"


@contextlib.contextmanager
def running_bridge(folder: Path, url: str, rooms: int) -> Iterator[tuple[Process, str]]:
    """Tudang with the state in ``folder``, as an operator runs it, and the address of its health page."""
    port = free_port()
    settings = write_files(folder, url, rooms, port)
    arguments = ("run", "--config", str(settings), "--log-level", "WARNING")
    with running(
        "bridge", *arguments, log=folder / "tudang.log", env={"TUDANG_ACCESS_TOKEN": workload.TOKEN}
    ) as bridge:
        yield bridge, f"http://127.0.0.1:{port}/healthz"


def _run(
    name: str,
    messages: int,
    rooms: int,
    url: str,
    stand_in: Process,
    contestant: Process,
    ready: Callable[[], bool],
) -> Run:
    """Wait until it has caught up, let the messages loose, wait for the last tag."""
    wait_until(lambda: ask(url).polling and ready(), contestant)
    before = contestant.cpu_seconds(), stand_in.cpu_seconds()
    post(f"{url}/bench/start")
    wait_until(lambda: (now := ask(url)).tagged == now.wanted, contestant, lambda: ask(url).tagged)
    return Run(
        name=name,
        rooms=rooms,
        messages=messages,
        score=ask(url),
        peak_bytes=contestant.peak_bytes(),
        cpu=contestant.cpu_seconds() - before[0],
        stand_in_cpu=stand_in.cpu_seconds() - before[1],
    )


def wait_until(
    done: Callable[[], bool],
    process: Process,
    progress: Callable[[], object] = lambda: None,
    *,
    pause: float = 0.5,
) -> None:
    """Look every ``pause`` seconds; raises TimeoutError when nothing moves any more."""
    seen, since = progress(), time.monotonic()
    while not done():
        process.expect_alive()
        time.sleep(pause)
        now = progress()
        if now != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > STALLED_SECONDS:
            raise TimeoutError(f"no progress for {STALLED_SECONDS:.0f} seconds at {seen}")


def ask(url: str) -> Score:
    """How far the contestant is."""
    with urllib.request.urlopen(f"{url}/bench/result", timeout=30) as answer:  # noqa: S310  (our own process)
        return msgspec.json.decode(answer.read(), type=Score)


def post(url: str) -> None:
    """Give the stand-in a sign."""
    urllib.request.urlopen(urllib.request.Request(url, data=b"", method="POST"), timeout=30).close()  # noqa: S310


def calm(page: str, stage: str = workload.STAGE) -> bool:
    """Whether the bridge is in force and has nothing left to decide or to judge."""
    try:
        with urllib.request.urlopen(page, timeout=5) as answer:  # noqa: S310
            health = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        health = json.loads(error.read())
    except OSError:
        return False
    # The stage that the policy names is reached once the rooms have been read and adopted.
    ready = health.get("last_sync_age") is not None and health["stage"] == stage
    return ready and not (health["inbox"] or health["media"])


def _knows_its_rooms(folder: Path) -> bool:
    """Whether the bridge has seen who is in every room: setting itself up is no part of a replay."""
    return not _asked(folder, "SELECT 1 FROM room WHERE kind <> 'unknown' AND (stale = 1 OR adopted_at IS NULL)")


def _verdicts(folder: Path) -> dict[str, int]:
    return dict(_asked(folder, "SELECT verdict, COUNT(*) FROM media WHERE verdict <> 'pending' GROUP BY verdict"))


def _asked(folder: Path, sql: str) -> list[tuple[str, int]]:
    store = sqlite3.connect(f"file:{folder / 'state' / 'ledger.db'}?mode=ro", uri=True)
    try:
        return store.execute(sql).fetchall()
    finally:
        store.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_files(folder: Path, url: str, rooms: int, port: int, *, state: Path | None = None) -> Path:
    """Policy, roster and settings in ``folder``; returns the settings. ``state``: the ledger's folder."""
    (folder / "policy.yaml").write_text(workload.policy_text(), encoding="utf-8")
    (folder / "roster.yaml").write_text(workload.roster_text(), encoding="utf-8")
    places = workload.places(rooms)
    named: dict[str, object] = {place.kind: place.room for place in places if place.kind != "group"}
    named["groups"] = [place.room for place in places if place.kind == "group"]
    settings = {
        "homeserver": {"url": url, "user": workload.BOT},
        "state": str(state or "state"),
        "config": ".",
        "forum": {"id": "bench", "rooms": named},
        "web": {"port": port},
    }
    path = folder / "bridge.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path
