"""The story as a page for a browser: one file, with small pictures, that looks like the chat it was."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from pathlib import Path

import av
import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image, ImageDraw

from bridge.model.event import Event
from bridge.model.ports import MatrixError
from bridge.rehearsal.play import Play
from bridge.rehearsal.transcript import PLACES, Chapter, Entry, Happening, snippet

WIDTH = 360
"""Of the small pictures, in pixels."""


class Bubble(msgspec.Struct, frozen=True, kw_only=True):
    """One message as the page shows it."""

    who: str
    title: str
    initial: str
    hue: int
    bot: bool
    boss: bool
    place: str
    kind: str
    text: str
    picture: str
    video: bool
    filename: str
    rings: int
    answers: str
    answers_who: str
    thread: bool
    chips: list[tuple[str, int, bool, str]]
    """(key, count, whether the bot is among them, names)."""
    edits: int
    gone: bool
    time: str


async def write_page(path: Path, play: Play) -> None:
    """Write the page; pictures are downloaded and decrypted by the expert's client."""
    items: list[dict[str, object]] = []
    told = play.transcript.told()
    small = await _pictures(play, [item for item in told if isinstance(item, Entry)])
    for item in told:
        if isinstance(item, Chapter):
            items.append(
                {"chapter": item.title, "explained": item.explained, "when": play.stage.clock.when(item.at)}
            )
        elif isinstance(item, Happening):
            said = f"{PLACES[item.place]}: {item.text}" if PLACES[item.place] else item.text
            items.append({"happened": said, "who": item.who, "time": play.stage.clock.clock(item.at)})
        else:
            items.append({"bubble": _bubble(item, play, small)})
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    page = environment.get_template("story.html.j2").render(
        forum=play.stage.company.forum,
        week=play.week,
        members=len(play.stage.company.players),
        items=items,
        results=play.results,
        missed=sum(not result.met for result in play.results),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    await asyncio.to_thread(fresh.write_text, page, encoding="utf-8")
    fresh.replace(path)


def _bubble(entry: Entry, play: Play, small: dict[str, str]) -> Bubble:
    answered = play.transcript.entry(entry.reply_to or entry.thread or "")
    player = play.stage.player(entry.event.sender)
    return Bubble(
        who=entry.who,
        title=entry.title,
        initial=entry.who[:1].upper(),
        hue=hashlib.sha256(entry.event.sender.encode()).digest()[0] * 360 // 256,
        bot=entry.bot,
        boss=player is not None and player.role in ("leader", "deputy"),
        place=PLACES[entry.place],
        kind=entry.kind,
        text=entry.text,
        picture=small.get(entry.event.event_id, ""),
        video=entry.kind == "video",
        filename=entry.filename if entry.kind == "file" else "",
        rings=len(entry.rings) if entry.bot else 0,
        answers=snippet(answered, 60) if answered else "",
        answers_who=answered.who if answered else "",
        thread=entry.thread is not None,
        chips=[(key, len(names), "Tudang" in names, ", ".join(names)) for key, names in entry.reactions.items()],
        edits=entry.edits,
        gone=entry.gone,
        time=play.stage.clock.clock(entry.at),
    )


async def _pictures(play: Play, entries: list[Entry]) -> dict[str, str]:
    """Event id to a small picture as a `data:` address."""
    found: dict[str, str] = {}
    for entry in entries:
        if entry.kind in ("image", "video"):
            small = await _picture(play, entry.event, entry.kind)
            if small:
                found[entry.event.event_id] = small
    return found


async def _picture(play: Play, event: Event, kind: str) -> str:
    try:
        data = await play.eyes.fetch(event)
        return await asyncio.to_thread(_small, data, kind == "video")
    except (MatrixError, OSError, ValueError, av.FFmpegError):
        return ""


def _small(data: bytes, video: bool) -> str:
    if video:
        with av.open(io.BytesIO(data), mode="r") as container:
            picture: Image.Image = next(iter(container.decode(video=0))).to_image()  # type: ignore[no-untyped-call]
    else:
        picture = Image.open(io.BytesIO(data))
    picture = picture.convert("RGB")
    picture.thumbnail((WIDTH, WIDTH))
    if video:
        _play_mark(picture)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=72, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"


def _play_mark(picture: Image.Image) -> None:
    draw = ImageDraw.Draw(picture, "RGBA")
    x, y, r = picture.width // 2, picture.height // 2, picture.height // 7
    draw.ellipse((x - r, y - r, x + r, y + r), fill=(0, 0, 0, 150))
    draw.polygon(
        [(x - r * 0.35, y - r * 0.5), (x - r * 0.35, y + r * 0.5), (x + r * 0.55, y)], fill=(255, 255, 255)
    )
