"""Still pictures: decoded to the last byte, measured. Runs in the decoding process."""

import warnings
from typing import BinaryIO

import pillow_heif
from PIL import (
    GifImagePlugin,
    Image,
    ImageOps,
    ImageStat,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from bridge.evidence import notes, pdq, screens
from bridge.evidence.formats import PICTURES, ends_early
from bridge.evidence.protocol import Findings
from bridge.model.evidence import Limits, Reason, Sign, Verdict

# Held on to so that they are loaded: Pillow would otherwise load its forty other parsers to find one.
_PARSERS = (GifImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
_SEVERAL = ("image/jpeg", "image/heic")
"""Kinds in which a phone puts several pictures into one file, as the depth beside a portrait."""
_MEASURED_EDGE = 256
pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
_DRAFTED_PIXELS = 25_000_000
DARK_STD = 10.0
"""The same deviation, below which little can be seen."""


def judge_picture(file: BinaryIO, size: int, mime: str, limits: Limits) -> Findings:
    """Decode the whole picture and say what it is. `mime` is one of `formats.PICTURES`."""
    try:
        picture = _open(file, mime, limits)
        width, height = picture.size
        animated = mime not in _SEVERAL and bool(getattr(picture, "is_animated", False))
        _decode(picture)
        grey = as_seen(picture, pdq.EDGE)
        spread = grey_spread(grey)
    except MemoryError:
        return Findings(verdict=Verdict.BOMB, reason=Reason.MEMORY, mime=mime, retire=True)
    except Exception as error:  # parsers of hostile bytes raise everything
        return _failure(error, file, size, mime)
    noted = notes.of_picture(picture, file, size, mime)
    if noted.turned:
        width, height = height, width
    verdict, reason = Verdict.OK, Reason.NONE
    if animated:
        verdict = Verdict.ANIMATED
    elif mime == "image/gif":
        verdict = Verdict.UNSUPPORTED
    elif max(width, height) < limits.min_long_edge:
        verdict, reason = Verdict.TOO_SMALL, Reason.PIXELS
    elif spread < limits.blank_std:
        verdict = Verdict.BLANK
    elif size < limits.min_bytes:
        verdict, reason = Verdict.TOO_SMALL, Reason.BYTES
    signs, quality = list(noted.signs), pdq.quality_of(grey)
    if screens.points(grey, mime, noted) >= screens.ENOUGH:
        signs.append(Sign.SCREENSHOT)
    if spread < DARK_STD or quality < pdq.LEAST_QUALITY:
        signs.append(Sign.DARK)
    return Findings(
        verdict=verdict,
        reason=reason,
        mime=mime,
        width=width,
        height=height,
        frames_checked=1,
        taken_at=noted.taken_at,
        taken_offset=noted.taken_offset,
        has_gps=noted.has_gps,
        position=noted.position,
        software=noted.software,
        signs=tuple(signs),
        quality=quality,
        views=pdq.views_of(grey) if quality >= pdq.LEAST_QUALITY else (),
        grid=pdq.grid_of(grey) if quality >= pdq.LEAST_QUALITY else "",
    )


def grey_spread(grey: Image.Image) -> float:
    """Standard deviation of the grey values, 0 (one colour) to 127.5, at a small scale that noise does not
    survive."""
    scale = min(1.0, _MEASURED_EDGE / max(grey.size))
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    return float(ImageStat.Stat(grey.resize(size, Image.Resampling.BOX)).stddev[0])


def as_seen(picture: Image.Image, edge: int) -> Image.Image:
    """The grey picture as a viewer shows it, its long edge reduced or stretched to so many pixels."""
    if picture.mode in ("1", "P", "PA"):  # these cannot be averaged
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    scale = edge / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    return _on_white(small).convert("L")


def _open(file: BinaryIO, mime: str, limits: Limits) -> Image.Image:
    """Read the header and refuse by its stated size, before one pixel is decoded."""
    file.seek(0)
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    return Image.open(file, formats=(PICTURES[mime],))


def _decode(picture: Image.Image) -> None:
    width, height = picture.size
    # Every byte of a huge JPEG is still read and entropy-decoded, but a quarter of the pixels is built.
    if width * height > _DRAFTED_PIXELS:
        picture.draft(None, (width // 2, height // 2))
    picture.load()


def _failure(error: Exception, file: BinaryIO, size: int, mime: str) -> Findings:
    verdict, reason = Verdict.TRUNCATED, Reason.DAMAGED
    if isinstance(error, (Image.DecompressionBombWarning, Image.DecompressionBombError)):
        verdict, reason = Verdict.BOMB, Reason.PIXELS
    elif isinstance(error, ValueError) and "too large" in str(error):
        verdict, reason = Verdict.BOMB, Reason.METADATA
    elif "truncated" in str(error).lower() or ends_early(file, size, mime):
        reason = Reason.CUT
    return Findings(verdict=verdict, reason=reason, mime=mime)


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture as RGB the way a viewer shows it: transparent parts over white, 16 bits scaled to 8."""
    if picture.mode.startswith("I"):
        return picture.convert("F").point(lambda value: value / 257).convert("L").convert("RGB")
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(ground, seen).convert("RGB")
    return picture.convert("RGB")


def in_colour(file: BinaryIO, mime: str, limits: Limits, size: tuple[int, int]) -> Image.Image:
    """The picture as a viewer shows it, upright and within `size` pixels. Raises whatever its decoder raises."""
    picture = _open(file, mime, limits)
    picture.draft(None, size)
    picture.load()
    seen = ImageOps.exif_transpose(picture)
    seen.thumbnail(size)
    return _on_white(seen)
