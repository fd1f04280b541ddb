"""`scripts/bench`: one measure, or all of them; or kill, which counts instead of measuring."""

from __future__ import annotations

import asyncio
import functools
import secrets
from datetime import UTC, datetime
from pathlib import Path

import click

from bridge.ledger.databases import Postgres
from bridge.rehearsal.bench import (
    backlog,
    evidence,
    exporting,
    kill,
    latency,
    moderation,
    photographs,
    pictures,
    plot,
    readme,
    replay,
    scale,
    start,
    tables,
)
from bridge.rehearsal.bench.processes import ROOT
from bridge.rehearsal.environment import ensure_environment, outer_python

FOLDER = ROOT / "var" / "bench"
BACKLOG = 100_000
WEEKS = (50_000, 500_000)

folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    help="Where results and everything made on the way are kept; on a real disk.",
)
messages_option = click.option("--messages", type=click.IntRange(10), default=20_000, show_default=True)
rooms_option = click.option("--rooms", type=click.IntRange(1), multiple=True, default=(1, 200), show_default=True)
verdicts_option = click.option(
    "--verdicts/--no-verdicts", default=True, show_default=True, help="Wait until the last picture is judged."
)
pictures_option = click.option("--pictures", type=click.IntRange(1), default=200, help="Different scenes to draw.")
count_option = click.option("--count", type=click.IntRange(1), default=200, show_default=True)


@click.group()
def main() -> None:
    """Measure Tudang beside a bare bot, in one run; what counts is the ratio."""


@main.command("replay")
@messages_option
@rooms_option
@verdicts_option
@pictures_option
@folder_option
def replay_command(messages: int, rooms: tuple[int, ...], verdicts: bool, pictures: int, folder: Path) -> None:
    """Events a second to the tag, against a matrix-nio bot that commits a row for every tag."""
    _replay(messages, rooms, verdicts, pictures, folder)


@main.command("latency")
@count_option
@folder_option
def latency_command(count: int, folder: Path) -> None:
    """From a message sent to its tag seen on a real Synapse, against a bare echo."""
    _latency(count, folder)


@main.command("kill")
@click.option("--rounds", type=click.IntRange(1), default=100, show_default=True)
@click.option("--seed", type=int, help="Of an earlier run, to play its moments again.")
@folder_option
def kill_command(rounds: int, seed: int | None, folder: Path) -> None:
    """Kill the bridge at random moments under traffic; fails if anything is lost or doubled."""
    seed = secrets.randbelow(2**32) if seed is None else seed
    click.echo(f"{rounds} rounds with the seed {seed} ...", err=True)
    told = functools.partial(click.echo, err=True)
    counts = asyncio.run(kill.measure(rounds, seed, folder / "kill", kill.pictures(folder), told))
    _show(folder, "kill", kill.result(counts, rounds, seed))
    raise SystemExit(0 if len(counts) == rounds and counts[-1].whole else 1)


@main.command("scale")
@click.option("--messages", type=click.IntRange(100), multiple=True, default=scale.SIZES, show_default=True)
@pictures_option
@folder_option
def scale_command(messages: tuple[int, ...], pictures: int, folder: Path) -> None:
    """What deciding one message costs, in time and statements, on a short record and on a long one."""
    _scale(messages, pictures, folder)


@main.command("start")
@click.option("--messages", type=click.IntRange(100), default=scale.SIZES[-1], show_default=True)
@pictures_option
@folder_option
def start_command(messages: int, pictures: int, folder: Path) -> None:
    """From the command to a healthy bridge on a long record."""
    _show(folder, "start", tables.start(start.measure(folder, messages, _scenes(folder, pictures), _tell)))


@main.command("backlog")
@click.option("--messages", type=click.IntRange(1000), default=BACKLOG, show_default=True)
@pictures_option
@folder_option
def backlog_command(messages: int, pictures: int, folder: Path) -> None:
    """How fast a long absence is caught up with, and what memory that takes."""
    _backlog(messages, pictures, folder)


@main.command("moderation")
@click.option("--persons", type=click.IntRange(500), default=moderation.PERSONS, show_default=True)
@click.option("--rooms", type=click.IntRange(4), default=moderation.ROOMS, show_default=True)
@click.option("--seconds", type=click.IntRange(1), default=moderation.SECONDS, show_default=True)
@folder_option
def moderation_command(persons: int, rooms: int, seconds: int, folder: Path) -> None:
    """A new roster over many rooms, a coming or going in a large room, and a storm of messages."""
    _moderation(persons, rooms, seconds, folder)


@main.command("pictures")
@click.option("--count", type=click.IntRange(1000), default=pictures.COUNT, show_default=True)
@click.option("--database", default="", help="An empty PostgreSQL one, as database.url; else a SQLite file.")
@folder_option
def pictures_command(count: int, database: str, folder: Path) -> None:
    """Looking for a picture among a million others, and remembering one more."""
    server = Postgres(database) if database else None
    _show(folder, "pictures", tables.recognising(pictures.measure(folder / "pictures", count, _tell, server)))


@main.command("export")
@click.option("--messages", type=click.IntRange(100), multiple=True, default=WEEKS, show_default=True)
@pictures_option
@folder_option
def export_command(messages: tuple[int, ...], pictures: int, folder: Path) -> None:
    """A large week as a bundle: time and memory of exporting and verifying it."""
    _export(messages, pictures, folder)


@main.command("evidence")
@click.option("--each", type=click.IntRange(1), default=40, show_default=True, help="Photographs for every change.")
@click.option(
    "--photos", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Your own photographs."
)
@click.option("--publish", is_flag=True, help="Put the tables into the README as well.")
@folder_option
def evidence_command(each: int, photos: Path | None, publish: bool, folder: Path) -> None:
    """How well a changed picture is known again, and how many honest reports are held."""
    try:
        taken = photographs.own(photos) if photos else photographs.fetch(folder / "photographs")
    except photographs.NoPhotographs as error:
        raise click.ClickException(str(error)) from error
    _tell(f"{len(taken)} photographs ...")
    _show(folder, "evidence", tables.evidence(evidence.measure(folder / "evidence", taken, each, _tell)))
    if publish:
        readme.publish_evidence(folder, ROOT)


@main.command("all")
@messages_option
@rooms_option
@verdicts_option
@pictures_option
@count_option
@click.option("--publish", is_flag=True, help="Put the tables and the plot into the README as well.")
@folder_option
def all_command(
    messages: int,
    rooms: tuple[int, ...],
    verdicts: bool,
    pictures: int,
    count: int,
    publish: bool,
    folder: Path,
) -> None:
    """Everything that is measured; takes about an hour, most of it to make the long records."""
    _replay(messages, rooms, verdicts, pictures, folder)
    _latency(count, folder)
    _backlog(BACKLOG, pictures, folder)
    _scale(scale.SIZES, pictures, folder)
    _show(folder, "start", tables.start(start.measure(folder, scale.SIZES[-1], _scenes(folder, pictures), _tell)))
    _moderation(moderation.PERSONS, moderation.ROOMS, moderation.SECONDS, folder)
    _export(WEEKS, pictures, folder)
    if publish:
        readme.publish(folder, ROOT)


def _replay(messages: int, rooms: tuple[int, ...], verdicts: bool, pictures: int, folder: Path) -> None:
    scenes = _scenes(folder, pictures)
    pairs = []
    for number in rooms:
        click.echo(f"{messages} messages in {number} room(s): the bare nio bot ...", err=True)
        bare = replay.nio(messages, number, scenes, folder / "nio")
        click.echo(f"  {bare.per_second:.0f} events/s. Tudang ...", err=True)
        ours = replay.tudang(messages, number, scenes, folder / "tudang", verdicts=verdicts)
        click.echo(f"  {ours.per_second:.0f} events/s.", err=True)
        pairs.append((bare, ours))
    _show(folder, "replay", tables.replay(pairs))


def _latency(count: int, folder: Path) -> None:
    python = ensure_environment(
        ROOT / "var" / "homeserver" / "env", [ROOT / "requirements-homeserver.lock"], outer_python()
    )
    click.echo(f"{count} messages each way on a real Synapse ...", err=True)
    timings = asyncio.run(latency.measure(count, folder / "latency", python))
    _show(folder, "latency", tables.latency(timings))


def _backlog(messages: int, pictures: int, folder: Path) -> None:
    _tell(f"{messages} messages were missed ...")
    found = backlog.measure(folder / "backlog", messages, _scenes(folder, pictures), _tell)
    _show(folder, "backlog", tables.backlog(found))
    plot.catching_up(found, folder / "backlog.svg")


def _scale(messages: tuple[int, ...], pictures: int, folder: Path) -> None:
    scenes = replay.scenes_in(_scenes(folder, pictures))
    _show(folder, "scale", tables.scale(scale.measure(folder, messages, scenes, _tell)))


def _moderation(persons: int, rooms: int, seconds: int, folder: Path) -> None:
    found = moderation.measure(folder / "moderation", _tell, persons=persons, rooms_count=rooms, seconds=seconds)
    _show(folder, "moderation", tables.moderation(found))


def _export(messages: tuple[int, ...], pictures: int, folder: Path) -> None:
    scenes = replay.scenes_in(_scenes(folder, pictures))
    _show(folder, "export", tables.export(exporting.measure(folder, messages, scenes, _tell)))


def _scenes(folder: Path, pictures: int) -> Path:
    _tell(f"Drawing {pictures} pictures, if they are not there ...")
    return replay.scenes(folder, pictures)


def _tell(what: str) -> None:
    click.echo(what, err=True)


def _show(folder: Path, name: str, body: str) -> None:
    click.echo(body)
    path = tables.keep(folder, name, body, now=datetime.now(UTC))
    click.echo(f"(kept as {path})", err=True)


if __name__ == "__main__":
    main()
