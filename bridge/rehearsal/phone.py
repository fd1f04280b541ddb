"""A room as it stands on somebody's phone, as a picture: what their own client received, laid out as chats are.

It is no picture of a certain client, but what any would show: texts, the latest edits, replies, photos, reactions,
in one timeline, threads among the rest.
"""

from __future__ import annotations

import asyncio
import base64
import io
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from bridge.model.event import Event, Json
from bridge.rehearsal.client import StaffClient

WIDTH, HEIGHT = 360, 640
WINDOW = 600
"""Chromium makes no narrower windows; what is beside the phone is cut off."""

COLOURS = 128
"""Of a picture's palette, which keeps it small."""


class Shown(msgspec.Struct, kw_only=True):
    """One message as a phone shows it."""

    who: str
    mine: bool
    text: str
    quote: str = ""
    picture: str = ""
    chips: list[tuple[str, int]] = []
    media: Event | None = None


async def picture(
    path: Path,
    client: StaffClient,
    room: str,
    *,
    title: str,
    about: str,
    names: Mapping[str, str],
    chromium: str,
) -> None:
    """Write a PNG of the end of a room as a client has received it. ``names`` are those of accounts."""
    messages = shown([event for event in client.events if event.room_id == room], client.user_id, names)
    for one in messages:
        if one.media is not None:
            one.picture = _small(await client.fetch(one.media))
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template("phone.html.j2").render(
        title=title, about=about, messages=messages, width=WIDTH, height=HEIGHT
    )
    await asyncio.to_thread(_photograph, page, path, chromium)


def shown(events: Sequence[Event], own: str, names: Mapping[str, str]) -> list[Shown]:
    """The messages of a room in their order, with the latest edits and what was reacted."""
    found: dict[str, Shown] = {}
    reacted: dict[str, tuple[str, str]] = {}
    for event in events:
        content, relation = event.content, _relation(event.content)
        if event.type == "m.reaction":
            reacted[event.event_id] = (str(relation.get("event_id")), str(relation.get("key")).strip())
        elif event.type == "m.room.redaction":
            reacted.pop(str(event.content.get("redacts") or event.redacts), None)
        elif event.type == "m.room.message" and relation.get("rel_type") == "m.replace":
            if (edited := found.get(str(relation.get("event_id")))) is not None:
                edited.text = str(content["m.new_content"]["body"])
        elif event.type == "m.room.message":
            answered = found.get(str(_relation(content).get("m.in_reply_to", {}).get("event_id")))
            media = content.get("msgtype") == "m.image"
            found[event.event_id] = Shown(
                who=names.get(event.sender, event.sender),
                mine=event.sender == own,
                text="" if media and "filename" not in content else str(content.get("body", "")),
                quote=f"{answered.who}: {answered.text[:60]}" if answered is not None else "",
                media=event if media else None,
            )
    for target, key in reacted.values():
        if (one := found.get(target)) is not None:
            count = dict(one.chips).get(key, 0)
            one.chips = [*(chip for chip in one.chips if chip[0] != key), (key, count + 1)]
    return list(found.values())


def _relation(content: Json) -> Json:
    relation: Json = content.get("m.relates_to") or {}
    return relation


def _small(data: bytes) -> str:
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.thumbnail((150, 150))
    out = io.BytesIO()
    image.save(out, "PNG")
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def _photograph(page: str, path: Path, chromium: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, taken = Path(folder) / "phone.html", Path(folder) / "phone.png"
        source.write_text(page, encoding="utf-8")
        subprocess.run(
            [
                chromium,
                *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                f"--user-data-dir={folder}/profile",
                f"--window-size={WINDOW},{HEIGHT + 200}",
                f"--screenshot={taken}",
                source.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=60,
        )
        with Image.open(taken) as whole:
            phone = whole.convert("RGB").crop((0, 0, WIDTH, HEIGHT)).quantize(COLOURS)
        path.parent.mkdir(parents=True, exist_ok=True)
        phone.save(path, "PNG", optimize=True)
