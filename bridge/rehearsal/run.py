"""``scripts/run``: the whole house on this machine, and the story played in it with real encrypted clients."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path

from bridge.model.ports import MatrixError
from bridge.rehearsal import auditor, friday, meeting, weekend
from bridge.rehearsal.bridge_process import BridgeFailed
from bridge.rehearsal.environment import interpreter
from bridge.rehearsal.homeserver import HomeserverFailed
from bridge.rehearsal.play import WATCHING, Play, Unseen
from bridge.rehearsal.screen import Screen
from bridge.rehearsal.stage import BOT, OUTSIDERS, Stage
from bridge.rehearsal.story_page import write_page
from bridge.rehearsal.transcript import Transcript

REPOSITORY = Path(__file__).parents[2]


async def tell(play: Play) -> None:
    """The story from beginning to end."""
    await friday.opening(play)
    number = await friday.order(play)
    await friday.reports(play, number)
    await friday.without_proof(play, number)
    await friday.wrong_tag(play, number)
    await friday.leaders(play)
    await friday.outsiders(play)
    await friday.afternoon(play, number)
    await meeting.friday_evening(play)
    await weekend.saturday(play)
    await weekend.sunday_night(play)
    await weekend.monday(play)
    await auditor.audit(play)
    await meeting.monday_morning(play)
    await weekend.seventy_two_hours(play, number)
    await weekend.readable(play)
    await play.stage.settled()


async def follow(stage: Stage, screen: Screen, transcript: Transcript, *, last: int | None = None) -> None:
    """Show what the expert's client receives; never returns. What has no key yet waits until it has.

    With ``last``, only so many lines are shown of what was said before.
    """
    client = await stage.client(WATCHING[0], watching=True)
    seen = 0
    unread: list[int] = []
    while True:
        lines = []
        places = [*unread, *range(seen, len(client.events))]
        seen, unread = len(client.events), []
        for place in places:
            event = client.events[place]
            if event.sealed is not None:
                unread.append(place)
            elif (line := transcript.take(event)) is not None:
                lines.append(line)
        for line in lines if last is None else lines[-last:]:
            screen.line(line)
        last = None
        with contextlib.suppress(TimeoutError):
            await client.wait_for(lambda event: True, 0.3 if unread else 60.0, after=seen)


async def perform(arguments: argparse.Namespace) -> int:
    """Set the stage, play where it is due, and stay until told to stop. Returns the exit code."""
    screen = Screen()
    began = time.monotonic()
    python = interpreter(REPOSITORY / "var" / "homeserver" / "env")
    async with Stage(arguments.state / "rehearsal", arguments.config, python, screen) as stage:
        talking = asyncio.create_task(screen.keep_talking())
        try:
            fresh = await stage.set_up()
            await stage.start_bridge()
            plays = arguments.again or stage.props.played == 0
            transcript = Transcript(
                stage.props.rooms, stage.player, stage.bot, stage.clock.shown_at, stage.clock.clock
            )

            async def show() -> None:
                if plays:
                    stage.played(await _play(stage, screen, transcript, arguments.state / "story.html"))
                talking.cancel()
                _addresses(stage, screen, time.monotonic() - began, arguments.state, plays)
                if not arguments.once:
                    screen.line("Running until Ctrl-C.", "bold")
                    await asyncio.Event().wait()

            await beside(
                show(), stage.bridge.watch(), follow(stage, screen, transcript, last=None if fresh else 12)
            )
            return 0 if stage.props.met else 1
        finally:
            talking.cancel()


async def beside(main: Coroutine[object, object, None], *others: Coroutine[object, object, None]) -> None:
    """Run ``main`` with others beside it that never return: the first failure of any ends all."""
    tasks = [asyncio.create_task(main), *(asyncio.create_task(other) for other in others)]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _play(stage: Stage, screen: Screen, transcript: Transcript, page: Path) -> bool:
    screen.line("")
    screen.line("The rehearsal's clock is faster than life: it jumps from one chapter to the next.", "bold")
    screen.line("Everything else is real: homeserver, encryption, bridge, photos, clients.", "bold")
    screen.doing(
        f"starting {len(stage.company.players) + len(OUTSIDERS)} Matrix clients, each with keys of its own"
    )
    await stage.everybody(WATCHING)
    friday_morning = stage.clock.next_friday(stage.clock.now())
    play = Play(stage, transcript, screen, friday_morning, seed=f"{friday_morning:%G-W%V} {stage.props.password}")
    try:
        await tell(play)
    except (TimeoutError, Unseen, MatrixError) as failure:
        play.judge("the story comes to its end", False, failure or "something took too long")
    screen.doing("writing the story as a page")
    await write_page(page, play)
    screen.table(
        "What happened",
        ("", "expected", "seen"),
        [("✔" if result.met else "✘", result.what, result.seen) for result in play.results],
    )
    missed = sum(not result.met for result in play.results)
    if missed:
        screen.line(f"{missed} of {len(play.results)} expectations were not met.", "bold red")
    else:
        screen.line(f"All {len(play.results)} expectations were met.", "bold green")
    return not missed


def _addresses(stage: Stage, screen: Screen, seconds: float, state: Path, played: bool) -> None:
    root = stage.root
    screen.table(
        f"Where everything is ({'played' if played else 'up'} in {seconds:.0f} seconds)",
        ("what", "where"),
        [
            ("the story, for a browser", str((state / "story.html").resolve())),
            ("bundles", f"{root / 'exports'}"),
            ("verify one", f"tudang verify BUNDLE --config {stage.settings}"),
            (
                "the bridge's state, settings, log",
                f"{root / 'bridge'}, {stage.settings.name}, {stage.bridge.log.name}",
            ),
            ("the bridge's health", f"{stage.bridge.url}/healthz"),
        ],
    )
    screen.table(
        "Join with Element (this machine only)",
        ("", ""),
        [
            ("homeserver", stage.homeserver.url),
            ("password of everybody", stage.props.password),
            ("users", "bupati, wabup, kadis-dlh, camat-citta, ahli-1, auditor-1 and all others of roster.yaml"),
            ("the bot", f"@{BOT}:localhost; in a direct chat or in the control room: !bantuan"),
            ("the clock", f"{stage.clock.when(stage.clock.now())}"),
        ],
    )
    screen.line("A new log-in is a new device: it reads what is said from now on.", "dim")
    screen.line("scripts/run continues, scripts/run --again plays the next week with new pictures.", "dim")


async def _until_told(arguments: argparse.Namespace) -> int:
    """As :func:`perform`, stopped cleanly by Ctrl-C, SIGTERM or the end of the terminal."""
    task = asyncio.create_task(perform(arguments))
    loop = asyncio.get_running_loop()
    told: list[signal.Signals] = []

    def stop(which: signal.Signals) -> None:
        told.append(which)
        task.cancel()

    for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(which, stop, which)
    try:
        return await task
    except asyncio.CancelledError:
        if not told:
            raise
        print("Stopped: bridge and homeserver have ended.", flush=True)
        return 0 if told[0] is signal.SIGINT else 128 + told[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of ``scripts/run``."""
    parser = argparse.ArgumentParser(prog="scripts/run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="exit at the end; 0 only if everything happened")
    parser.add_argument("--again", action="store_true", help="play the story again, with new pictures")
    parser.add_argument("--state", type=Path, default=REPOSITORY / "var", help="where everything is kept")
    parser.add_argument("--config", type=Path, default=REPOSITORY / "config", help="policy.yaml and roster.yaml")
    chosen = parser.parse_args(arguments)
    # Our clients' library warns of what it then mends, such as a device whose keys it has yet to ask for.
    logging.getLogger("nio").setLevel(logging.ERROR)
    try:
        return asyncio.run(_until_told(chosen))
    except (BridgeFailed, HomeserverFailed, MatrixError, TimeoutError) as failure:
        print(f"\nThe rehearsal has failed. {failure or 'It took too long.'}", file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
