"""What a file says of itself: when and where it was taken, by which program it was written, that it was generated.

Anybody can write such notes and most clients remove them: what they say is a hint, and that there are none means
nothing. Signed statements (C2PA) are read whether or not their signature fits, which `seals.py` says beside it:
anybody may sign with a certificate of their own, and every sentence calls it a claim of the file. Whoever marks a
picture as generated is believed. Runs in the decoding process; notes that cannot be read are not there.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import BinaryIO

import msgspec
from PIL import ExifTags, Image

from bridge.evidence import seals
from bridge.model.evidence import Sign

_HEAD, _TAIL = 4_000_000, 250_000
"""Bytes at both ends of a file in which statements of its origin stand, before and after the picture itself."""

_GENERATED = re.compile(rb"(?:digitalsourcetype/|With)?[tT]rainedAlgorithmicMedia|Made with Google AI")
_GENERATORS = re.compile(
    r"midjourney|dall[-·• ]?e\b|stable.?diffusion|comfyui|automatic1111|invokeai|novelai|adobe firefly|openai"
    r"|chatgpt|google ai\b|ideogram\.ai|leonardo\.ai|black forest labs|\bgrok\b|bing image creator",
    re.IGNORECASE,
)
_EDITED = re.compile(rb"c2pa\.(?:edited|cropped|color_adjustments|drawing|filtered|placed|composited)")
_EDITORS = re.compile(
    r"photoshop|lightroom|snapseed|picsart|gimp|pixelmator|canva|meitu|facetune|faceapp|remini|lensa|affinity photo"
    r"|paint\.net|inshot|capcut|vsco|photoroom|pixlr|polarr|photodirector",
    re.IGNORECASE,
)
_TURNED = (5, 6, 7, 8)  # values of the EXIF orientation that exchange width and height
_OFFSET = re.compile(r"[+-]\d{2}:\d{2}")
_ISO_6709 = re.compile(r"([+-]\d{2}(?:\.\d{1,8})?)([+-]\d{3}(?:\.\d{1,8})?)")
_LONGEST = 80


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `turned`: width and height are exchanged when it is shown."""

    taken_at: str | None = None
    taken_offset: str = ""
    position: tuple[float, float] | None = None
    has_gps: bool = False
    software: str = ""
    turned: bool = False
    camera: bool = False
    """There are values that a camera writes: make, exposure, aperture."""
    screen: bool = False
    """It says that it is a screenshot."""
    signs: tuple[Sign, ...] = ()


def of_picture(picture: Image.Image, file: BinaryIO, size: int, mime: str) -> Notes:
    """The notes of a picture that was decoded from this file."""
    try:
        notes = _of_exif(picture)
    except Exception:  # parsers of hostile bytes raise everything
        notes = Notes()
    try:
        said = _words(picture)
    except Exception:
        said = ""
    ends = _ends(file, size)
    signs = _signs(f"{notes.software}\n{said}", ends)
    # As Stable Diffusion and ComfyUI write their settings into a PNG.
    if ("parameters" in picture.info and "Steps:" in said) or {"workflow", "prompt"} <= picture.info.keys():
        signs = (Sign.AI_MARKED,)
    signs += seals.signs(file, mime, ends)
    return msgspec.structs.replace(notes, signs=signs, screen=notes.screen or "screenshot" in said.lower())


def of_video(metadata: Mapping[str, str], file: BinaryIO, size: int, mime: str) -> Notes:
    """The notes of a video, from what its container states."""
    place = next((value for key, value in metadata.items() if "location" in key.lower()), "")
    found = _ISO_6709.match(place)
    position = _on_earth(float(found[1]), float(found[2])) if found else None
    began = metadata.get("creation_time", "")
    try:
        taken = datetime.fromisoformat(began.replace("Z", "+00:00")).replace(microsecond=0)
    except ValueError:
        taken = None
    software = _printable(metadata.get("software") or metadata.get("com.apple.quicktime.software") or "")
    ends = _ends(file, size)
    # Containers without a clock begin in 1904 or 1970.
    known = taken is not None and taken.year > 1990
    return Notes(
        taken_at=taken.replace(tzinfo=None).isoformat() if taken and known else None,
        taken_offset="+00:00" if known else "",
        position=position,
        has_gps=bool(place),
        software=software,
        signs=_signs(software, ends) + seals.signs(file, mime, ends),
    )


def _of_exif(picture: Image.Image) -> Notes:
    exif = picture.getexif()
    shot = exif.get_ifd(ExifTags.IFD.Exif)
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    offset = _printable(shot.get(ExifTags.Base.OffsetTimeOriginal) or shot.get(ExifTags.Base.OffsetTime) or "")
    comment = shot.get(ExifTags.Base.UserComment) or b""
    return Notes(
        taken_at=_as_iso(shot.get(ExifTags.Base.DateTimeOriginal)),
        taken_offset=offset if _OFFSET.fullmatch(offset) else "",
        position=_position(place),
        has_gps=ExifTags.GPS.GPSLatitude in place and ExifTags.GPS.GPSLongitude in place,
        software=_printable(exif.get(ExifTags.Base.Software) or ""),
        turned=exif.get(ExifTags.Base.Orientation) in _TURNED,
        camera=any(tag in shot for tag in (ExifTags.Base.ExposureTime, ExifTags.Base.FNumber))
        or ExifTags.Base.Make in exif,
        screen=b"screenshot" in (comment if isinstance(comment, bytes) else str(comment).encode()).lower(),
    )


def _as_iso(written: object) -> str | None:
    """EXIF writes `2026:11:20 09:15:00`, padded with anything."""
    if not isinstance(written, str):
        return None
    try:
        return datetime.strptime(written.strip("\0 "), "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None


def _position(place: Mapping[int, object]) -> tuple[float, float] | None:
    try:
        north = _degrees(place[ExifTags.GPS.GPSLatitude])
        east = _degrees(place[ExifTags.GPS.GPSLongitude])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    if str(place.get(ExifTags.GPS.GPSLatitudeRef)).upper().startswith("S"):
        north = -north
    if str(place.get(ExifTags.GPS.GPSLongitudeRef)).upper().startswith("W"):
        east = -east
    return _on_earth(north, east)


def _degrees(written: object) -> float:
    degrees, minutes, seconds = (float(part) for part in written)  # type: ignore[attr-defined]
    return degrees + minutes / 60 + seconds / 3600


def _on_earth(north: float, east: float) -> tuple[float, float] | None:
    """To five digits, about a metre. Zero and zero is what a phone writes that has not found itself."""
    if not (abs(north) <= 90 and abs(east) <= 180) or (north == 0 and east == 0):
        return None
    return round(north, 5), round(east, 5)


def _words(picture: Image.Image) -> str:
    """What stands in the texts that a file carries: those of PNG, and XMP."""
    xmp = picture.info.get("xmp", b"")
    texts = [xmp.decode(errors="replace") if isinstance(xmp, bytes) else str(xmp)]
    texts += [str(value) for key, value in picture.info.items() if isinstance(value, str) and key != "xmp"]
    return "\n".join(text[:20_000] for text in texts)


def _ends(file: BinaryIO, size: int) -> bytes:
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(max(_HEAD, size - _TAIL))
    return head + file.read(_TAIL)


def _signs(words: str, ends: bytes) -> tuple[Sign, ...]:
    found = []
    if _GENERATED.search(ends) or _GENERATORS.search(words):
        found.append(Sign.AI_MARKED)
    if _EDITED.search(ends) or _EDITORS.search(words):
        found.append(Sign.EDITED)
    return tuple(found)


def _printable(written: object) -> str:
    text = written if isinstance(written, str) else ""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST]
