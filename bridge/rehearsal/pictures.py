"""Pictures for the rehearsal and the tests: drawn scenes of a village at work, no two the same, nobody real.

Everything is a function of the seed: the same seed gives the same bytes (with the same Pillow and FFmpeg).
"""

import io
import math
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from random import Random

import av
from PIL import ExifTags, Image, ImageDraw, ImageFilter, ImageFont

CAPTION = "Kerja bakti – DLH"

_SKIES = (((92, 148, 206), (214, 232, 244)), ((120, 132, 150), (206, 208, 210)), ((236, 158, 96), (250, 226, 180)))
_GROUNDS = ((104, 132, 62), (150, 126, 84), (86, 116, 72), (138, 138, 128), (120, 92, 64))
_SHIRTS = ((196, 44, 44), (36, 84, 160), (236, 196, 52), (240, 240, 236), (36, 120, 72), (212, 110, 40))
_ROOFS = ((150, 62, 48), (92, 74, 66), (120, 124, 132), (60, 92, 116))
_SKIN = (146, 98, 66)

_Colour = tuple[int, int, int]


def photo(
    seed: int | str,
    caption: str = CAPTION,
    *,
    size: tuple[int, int] = (1000, 750),
    taken: datetime | None = None,
) -> bytes:
    """A JPEG of a scene, by default 1000 x 750 pixels and some 200 KB.

    `caption` is written on the picture; `taken`, if given, is put into EXIF as the time of the shot (with its
    offset if it is aware).
    """
    out = io.BytesIO()
    picture = scene(seed, size)
    write_caption(picture, caption)
    picture.save(out, "JPEG", quality=85, exif=_exif(taken))
    return out.getvalue()


def album(count: int, seed: int | str = 0, caption: str = CAPTION) -> list[bytes]:
    """Several different photos."""
    return [photo(f"{seed}/{part}", caption) for part in range(count)]


def clip(seed: int | str, caption: str = CAPTION, *, seconds: float = 2.5) -> bytes:
    """An MP4 (H.264, 640 x 480, 12 frames a second, no sound): the camera pans over a scene."""
    rate, width, height = 12, 640, 480
    count = max(1, round(seconds * rate))
    view = scene(seed, (width + 160, height + 60))
    frames = []
    for number in range(count):
        part = number / count
        left, top = int(160 * part), int(30 + 30 * math.sin(6 * part))
        frame = view.crop((left, top, left + width, top + height))
        write_caption(frame, caption)
        frames.append(frame)
    return film(frames, rate=rate)


def film(
    frames: Sequence[Image.Image],
    *,
    rate: int = 12,
    container: str = "mp4",
    codec: str = "libx264",
    title: str | None = None,
) -> bytes:
    """A video of these frames (all of one even-sided size) in the container and codec that FFmpeg calls so."""
    out = io.BytesIO()
    with av.open(out, mode="w", format=container) as writer:
        if title is not None:
            writer.metadata["title"] = title
        stream = writer.add_stream(codec, rate=rate)
        if not isinstance(stream, av.VideoStream):
            raise ValueError(f"{codec} is not a video codec")
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, rate)
        stream.codec_context.thread_count = 1  # several threads may divide a stream differently
        for picture in frames:
            frame: av.VideoFrame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode())
    return out.getvalue()


def scene(seed: int | str, size: tuple[int, int]) -> Image.Image:
    """The picture itself: sky, hills, houses, trees, people with brooms, and grain."""
    # A seed of text is hashed by Random the same way in every process.
    chance = Random(f"scene {seed}")  # noqa: S311
    width, height = size
    horizon = int(height * chance.uniform(0.3, 0.55))
    ground = _shifted(chance, chance.choice(_GROUNDS), 24)
    picture = Image.new("RGB", size, ground)
    picture.paste(_gradient(chance, (width, horizon)), (0, 0))
    draw = ImageDraw.Draw(picture)
    _hills(chance, draw, width, horizon)
    _path(chance, draw, width, height, horizon)
    for _ in range(chance.randint(2, 5)):
        _house(chance, draw, width, height, horizon)
    for _ in range(chance.randint(3, 8)):
        _tree(chance, draw, width, height, horizon)
    for _ in range(chance.randint(6, 16)):
        _rubbish(chance, draw, width, height, horizon)
    # Those in front are drawn last.
    for depth in sorted(chance.random() for _ in range(chance.randint(3, 9))):
        _person(chance, draw, width, height, horizon, depth)
    picture = picture.filter(ImageFilter.GaussianBlur(0.8))
    return _grained(chance, picture)


def _gradient(chance: Random, size: tuple[int, int]) -> Image.Image:
    top, bottom = chance.choice(_SKIES)
    ramp = Image.linear_gradient("L").resize(size)
    sky = Image.composite(
        Image.new("RGB", size, _shifted(chance, bottom, 16)),
        Image.new("RGB", size, _shifted(chance, top, 24)),
        ramp,
    )
    draw = ImageDraw.Draw(sky, "RGBA")
    for _ in range(chance.randint(2, 7)):
        x, y = chance.uniform(0, size[0]), chance.uniform(0, size[1] * 0.7)
        for _ in range(6):
            dx, dy, r = chance.gauss(0, 60), chance.gauss(0, 10), chance.uniform(15, 45)
            draw.ellipse(
                (x + dx - r * 1.6, y + dy - r / 2, x + dx + r * 1.6, y + dy + r / 2), fill=(255, 255, 255, 60)
            )
    return sky


def _hills(chance: Random, draw: ImageDraw.ImageDraw, width: int, horizon: int) -> None:
    for ridge in range(chance.randint(1, 3)):
        colour = _shifted(chance, (72 - 10 * ridge, 104 - 12 * ridge, 92 - 16 * ridge), 16)
        waves = [(chance.uniform(0.004, 0.02), chance.uniform(0, 6.3), chance.uniform(8, 40)) for _ in range(3)]
        base = horizon - chance.uniform(10, horizon * 0.35) / (ridge + 1)
        line = [
            (x, min(horizon, base + sum(a * math.sin(f * x + p) for f, p, a in waves)))
            for x in range(0, width + 8, 8)
        ]
        draw.polygon([(0, horizon), *line, (width, horizon)], fill=colour)


def _path(chance: Random, draw: ImageDraw.ImageDraw, width: int, height: int, horizon: int) -> None:
    far, near, spread = chance.uniform(0, width), chance.uniform(0, width), chance.uniform(80, 260)
    colour = _shifted(chance, chance.choice(((150, 146, 138), (176, 148, 108), (92, 130, 148))), 14)
    draw.polygon(
        [(far - 6, horizon), (far + 6, horizon), (near + spread, height), (near - spread, height)], fill=colour
    )


def _house(chance: Random, draw: ImageDraw.ImageDraw, width: int, height: int, horizon: int) -> None:
    w, h = chance.uniform(80, 230), chance.uniform(50, 130)
    x, y = chance.uniform(-40, width - 60), horizon + chance.uniform(0, height * 0.12)
    wall = _shifted(chance, chance.choice(((222, 210, 186), (188, 204, 206), (206, 182, 150))), 20)
    draw.rectangle((x, y - h, x + w, y), fill=wall)
    draw.polygon(
        [(x - 14, y - h), (x + w / 2, y - h - chance.uniform(28, 70)), (x + w + 14, y - h)],
        fill=_shifted(chance, chance.choice(_ROOFS), 18),
    )
    draw.rectangle((x + w * 0.42, y - h * 0.6, x + w * 0.6, y), fill=(92, 64, 44))
    for side in (0.12, 0.72):
        draw.rectangle((x + w * side, y - h * 0.7, x + w * (side + 0.16), y - h * 0.4), fill=(64, 82, 98))


def _tree(chance: Random, draw: ImageDraw.ImageDraw, width: int, height: int, horizon: int) -> None:
    x, y, tall = chance.uniform(0, width), horizon + chance.uniform(0, height * 0.2), chance.uniform(60, 190)
    draw.line((x, y, x + chance.uniform(-12, 12), y - tall), fill=(94, 70, 48), width=chance.randint(6, 14))
    for _ in range(28):
        dx, dy, r = chance.gauss(0, tall * 0.2), chance.gauss(0, tall * 0.16), chance.uniform(8, 26)
        green = _shifted(chance, (58, 108, 52), 34)
        draw.ellipse((x + dx - r, y - tall + dy - r, x + dx + r, y - tall + dy + r), fill=green)


def _rubbish(chance: Random, draw: ImageDraw.ImageDraw, width: int, height: int, horizon: int) -> None:
    x, y, r = chance.uniform(0, width), chance.uniform(horizon + 40, height), chance.uniform(5, 22)
    colour = _shifted(chance, chance.choice(((44, 44, 48), (230, 230, 226), (186, 148, 92), (70, 112, 160))), 20)
    draw.polygon([(x + chance.uniform(-r, r) * 1.4, y + chance.uniform(-r, r)) for _ in range(7)], fill=colour)


def _person(chance: Random, draw: ImageDraw.ImageDraw, width: int, height: int, horizon: int, depth: float) -> None:
    y = horizon + (height - horizon) * (0.2 + 0.75 * depth)
    tall = height * (0.12 + 0.26 * depth)
    x, head = chance.uniform(20, width - 20), tall * 0.09
    trousers = _shifted(chance, (52, 54, 70), 20)
    for side in (-1, 1):
        draw.line((x, y - tall * 0.45, x + side * tall * 0.1, y), fill=trousers, width=max(3, int(tall * 0.08)))
    draw.rounded_rectangle(
        (x - tall * 0.12, y - tall * 0.82, x + tall * 0.12, y - tall * 0.42),
        tall * 0.05,
        fill=chance.choice(_SHIRTS),
    )
    draw.ellipse((x - head, y - tall, x + head, y - tall + 2 * head), fill=_shifted(chance, _SKIN, 20))
    draw.pieslice((x - head * 1.2, y - tall * 1.03, x + head * 1.2, y - tall * 0.88), 180, 360, fill=(60, 48, 40))
    reach = x + chance.choice((-1, 1)) * tall * chance.uniform(0.25, 0.5)
    draw.line((x, y - tall * 0.7, reach, y - tall * 0.4), fill=_SKIN, width=max(2, int(tall * 0.05)))
    draw.line((reach, y - tall * 0.75, reach, y), fill=(168, 132, 78), width=max(2, int(tall * 0.025)))


def _grained(chance: Random, picture: Image.Image) -> Image.Image:
    """Sensor noise, so that the picture compresses and hashes like a photograph."""
    width, height = picture.size
    fine = Image.frombytes("L", picture.size, chance.randbytes(width * height))
    coarse = Image.frombytes("L", (width // 16, height // 16), chance.randbytes((width // 16) * (height // 16)))
    noise = Image.blend(fine, coarse.resize(picture.size, Image.Resampling.BICUBIC), 0.4)
    return Image.blend(picture, Image.merge("RGB", (noise, noise, noise)), 0.13)


def write_caption(picture: Image.Image, caption: str) -> None:
    """Write a line into the lower left corner, as cameras with a date stamp do."""
    # Pillow's own font, the only one that is surely there, has no dashes.
    caption = caption.replace("–", "-").replace("—", "-")
    draw = ImageDraw.Draw(picture, "RGBA")
    font = ImageFont.load_default(size=max(12, picture.height // 26))
    left, top, right, bottom = draw.textbbox((0, 0), caption, font=font)
    margin = picture.height // 40
    x, y = margin, picture.height - margin - (bottom - top)
    draw.rectangle((x - 8, y - 6, x + right - left + 8, y + bottom - top + 8), fill=(0, 0, 0, 130))
    draw.text((x - left, y - top), caption, font=font, fill=(255, 255, 255))


def _exif(taken: datetime | None) -> Image.Exif:
    exif = Image.Exif()
    if taken is not None:
        shot = exif.get_ifd(ExifTags.IFD.Exif)
        shot[ExifTags.Base.DateTimeOriginal] = taken.strftime("%Y:%m:%d %H:%M:%S")
        if taken.tzinfo is not None:
            offset = taken.strftime("%z")
            shot[ExifTags.Base.OffsetTimeOriginal] = f"{offset[:3]}:{offset[3:]}"
    return exif


def _shifted(chance: Random, colour: _Colour, by: int) -> _Colour:
    red, green, blue = (min(255, max(0, part + chance.randint(-by, by))) for part in colour)
    return red, green, blue
