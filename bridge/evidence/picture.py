"""Still pictures: decoded to the last byte, measured. Runs in the decoding process."""

import warnings
from datetime import datetime
from typing import BinaryIO

from PIL import (
    ExifTags,
    GifImagePlugin,
    Image,
    ImageStat,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from bridge.evidence.formats import PICTURES, ends_early
from bridge.evidence.protocol import Findings
from bridge.model.evidence import Limits, Reason, Verdict

# Held on to so that they are loaded: Pillow would otherwise load its forty other parsers to find one.
_PARSERS = (GifImagePlugin, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin)
_MEASURED_EDGE = 256
_DRAFTED_PIXELS = 25_000_000
_TURNED = (5, 6, 7, 8)  # values of the EXIF orientation that exchange width and height


def judge_picture(file: BinaryIO, size: int, mime: str, limits: Limits) -> Findings:
    """Decode the whole picture and say what it is. `mime` is one of `formats.PICTURES`."""
    try:
        picture = _open(file, mime, limits)
        width, height = picture.size
        animated = mime != "image/jpeg" and bool(getattr(picture, "is_animated", False))
        _decode(picture)
        spread = grey_spread(picture)
    except MemoryError:
        return Findings(verdict=Verdict.BOMB, reason=Reason.MEMORY, mime=mime, retire=True)
    except Exception as error:  # parsers of hostile bytes raise everything
        return _failure(error, file, size, mime)
    taken_at, has_gps, turned = _read_exif(picture)
    if turned:
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
    return Findings(
        verdict=verdict,
        reason=reason,
        mime=mime,
        width=width,
        height=height,
        frames_checked=1,
        taken_at=taken_at,
        has_gps=has_gps,
    )


def grey_spread(picture: Image.Image) -> float:
    """Standard deviation of the grey values, 0 (one colour) to 127.5, at a small scale that noise does not
    survive."""
    if picture.mode in ("1", "P", "PA"):  # these cannot be averaged
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    scale = min(1.0, _MEASURED_EDGE / max(picture.size))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = picture.resize(size, Image.Resampling.BOX)
    return float(ImageStat.Stat(_on_white(small).convert("L")).stddev[0])


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


def _read_exif(picture: Image.Image) -> tuple[str | None, bool, bool]:
    """When by the camera's clock, whether there is a place, whether the picture is turned.

    Metadata that cannot be read is metadata that is not there.
    """
    try:
        exif = picture.getexif()
        shot = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        taken_at = _as_iso(shot.get(ExifTags.Base.DateTimeOriginal))
        has_gps = ExifTags.GPS.GPSLatitude in place and ExifTags.GPS.GPSLongitude in place
        turned = exif.get(ExifTags.Base.Orientation) in _TURNED
    except Exception:
        return None, False, False
    return taken_at, has_gps, turned


def _as_iso(written: object) -> str | None:
    """EXIF writes `2026:11:20 09:15:00`, padded with anything."""
    if not isinstance(written, str):
        return None
    try:
        return datetime.strptime(written.strip("\0 "), "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None


def _on_white(picture: Image.Image) -> Image.Image:
    """The picture as RGB the way a viewer shows it: transparent parts over white, 16 bits scaled to 8."""
    if picture.mode.startswith("I"):
        return picture.convert("F").point(lambda value: value / 257).convert("L").convert("RGB")
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(ground, seen).convert("RGB")
    return picture.convert("RGB")
