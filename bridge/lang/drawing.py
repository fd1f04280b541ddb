"""The picture of the welcome: how an order is answered with a photo, in one of the languages of the house.

It is drawn by typst from `welcome.typ` with the fonts that typst brings, and reduced to few colours, so that it is
small on a slow line. This is the process that draws it; `painting.py` starts it.
"""

from __future__ import annotations

import io
import json
import sys
from importlib import resources
from pathlib import Path

import msgspec
import typst
import yaml
from PIL import Image

from bridge.lang.painting import Picture

_FOLDER = Path(__file__).parent
_DOTS_PER_INCH = 170
_COLOURS = 48
_THUMBNAIL = (320, 360)


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands on the picture, and the name of its file."""

    file: str
    title: str
    order: str
    reply: str
    first: str
    second: str
    caption: str
    third: str


def words(lang: str, folder: Path = _FOLDER) -> Words:
    """The words of a language."""
    text = (folder / lang / "welcome.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.load(text, Loader=yaml.BaseLoader), Words)  # noqa: S506


def main(lang: str) -> None:
    """Draw it in a language, and write it to standard output as msgpack."""
    sys.stdout.buffer.write(msgspec.msgpack.encode(welcome(lang)))


def welcome(lang: str) -> Picture:
    """Draw it; takes some hundredths of a second."""
    said = words(lang)
    drawn = typst.compile(
        resources.files("bridge.lang").joinpath("welcome.typ").read_bytes(),
        format="png",
        ignore_system_fonts=True,
        sys_inputs={"words": json.dumps({"language": lang, **msgspec.to_builtins(said)})},
        ppi=_DOTS_PER_INCH,
    )
    if not isinstance(drawn, bytes):
        raise ValueError("the picture of the welcome is one page")
    with Image.open(io.BytesIO(drawn)) as picture:
        whole = picture.convert("RGB")
    small = whole.copy()
    small.thumbnail(_THUMBNAIL)
    return Picture(said.file, _png(whole), whole.size, _png(small), small.size)


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.quantize(_COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()
