"""What happens to a photograph on its way, as people and programs change it: RGB picture to RGB picture."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Change = Callable[[Image.Image], Image.Image]


def jpeg(picture: Image.Image, quality: int = 88) -> bytes:
    """The picture as a JPEG file without metadata."""
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=quality)
    return kept.getvalue()


def again(picture: Image.Image, quality: int) -> Image.Image:
    """Encoded and decoded."""
    return Image.open(io.BytesIO(jpeg(picture, quality))).convert("RGB")


def reduced(picture: Image.Image, edge: int) -> Image.Image:
    """The long edge at most so many pixels."""
    small = picture.copy()
    small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    return small


def cut(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """These parts of width and height taken away on each side."""
    width, height = picture.size
    return picture.crop(
        (round(width * left), round(height * top), round(width * (1 - right)), round(height * (1 - bottom)))
    )


def _stamped(picture: Image.Image, top: bool) -> Image.Image:
    stamped = picture.copy()
    strip = max(24, picture.height // 12)
    y = 0 if top else picture.height - strip
    pen = ImageDraw.Draw(stamped)
    pen.rectangle((0, y, picture.width, y + strip), fill=(0, 0, 0))
    pen.text((8, y + strip // 6), "24 Nov 2026 09.15 WITA", fill=(255, 255, 255), font_size=strip * 0.6)
    return stamped


def _sticker(picture: Image.Image) -> Image.Image:
    stuck = picture.copy()
    edge = min(picture.size) // 4
    x, y = picture.width // 2, picture.height // 3
    pen = ImageDraw.Draw(stuck)
    pen.ellipse((x, y, x + edge, y + edge), fill=(255, 205, 40))
    pen.text((20, picture.height // 8), "KERJA BAKTI", fill=(255, 255, 255), font_size=picture.height / 9)
    return stuck


def _on_phone(picture: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (1080, 2340), (0, 0, 0))
    shown = ImageOps.contain(picture, (1080, 1900))
    screen.paste(shown, ((1080 - shown.width) // 2, (2340 - shown.height) // 2))
    pen = ImageDraw.Draw(screen)
    pen.text((40, 20), "09.41", fill=(255, 255, 255), font_size=40)
    pen.text((880, 20), "4G 87%", fill=(255, 255, 255), font_size=40)
    return screen


def _off_a_screen(picture: Image.Image) -> Image.Image:
    """Photographed from a monitor: seen at a slant, with a grid of stripes, a little blurred."""
    width, height = picture.size
    seen = picture.transform(
        picture.size,
        Image.Transform.QUAD,
        (
            -width * 0.05,
            -height * 0.04,
            width * 0.02,
            height * 1.06,
            width * 1.03,
            height,
            width * 1.06,
            height * 0.03,
        ),
        Image.Resampling.BICUBIC,
    )
    pen = ImageDraw.Draw(seen, "RGBA")
    for x in range(0, width, 6):
        pen.line((x, 0, x + height // 9, height), fill=(20, 20, 60, 40))
    return seen.filter(ImageFilter.GaussianBlur(1))


def _slanted(picture: Image.Image, degrees: float) -> Image.Image:
    """Turned a little, and cut so that no empty corner is left."""
    turned = picture.rotate(degrees, Image.Resampling.BICUBIC)
    return cut(turned, 0.02 * degrees, 0.02 * degrees, 0.02 * degrees, 0.02 * degrees)


def _beside(picture: Image.Image) -> Image.Image:
    both = Image.new("RGB", (picture.width * 2 + 20, picture.height), (255, 255, 255))
    both.paste(picture, (0, 0))
    both.paste(ImageOps.posterize(ImageOps.flip(picture), 3), (picture.width + 20, 0))
    return both


def _encoded(picture: Image.Image, kind: str) -> Image.Image:
    kept = io.BytesIO()
    picture.save(kept, kind, quality=75)
    return Image.open(kept).convert("RGB")


CHANGES: Mapping[str, Change] = {
    "reduced to 1600, quality 70 (WhatsApp)": lambda one: again(reduced(one, 1600), 70),
    "reduced to 1024, twice quality 50": lambda one: again(again(reduced(one, 1024), 50), 50),
    "as PNG, as WebP": lambda one: _encoded(_encoded(one, "PNG"), "WEBP"),
    "25 % brighter": lambda one: ImageEnhance.Brightness(one).enhance(1.25),
    "40 % darker": lambda one: ImageEnhance.Brightness(one).enhance(0.6),
    "in grey": lambda one: ImageOps.grayscale(one).convert("RGB"),
    "a colour filter": lambda one: ImageEnhance.Color(ImageEnhance.Contrast(one).enhance(1.4)).enhance(1.8),
    "date banner below": lambda one: _stamped(one, top=False),
    "date banner above": lambda one: _stamped(one, top=True),
    "text and a sticker on it": _sticker,
    "3 % cut off all round": lambda one: cut(one, 0.03, 0.03, 0.03, 0.03),
    "5 % cut off all round": lambda one: cut(one, 0.05, 0.05, 0.05, 0.05),
    "10 % cut off all round": lambda one: cut(one, 0.1, 0.1, 0.1, 0.1),
    "20 % cut off all round": lambda one: cut(one, 0.2, 0.2, 0.2, 0.2),
    "12 % cut off below": lambda one: cut(one, 0, 0, 0, 0.12),
    "7 % cut off at the right": lambda one: cut(one, 0, 0, 0.07, 0),
    "13 % cut off left, 4 % above": lambda one: cut(one, 0.13, 0.04, 0, 0),
    "mirrored": ImageOps.mirror,
    "turned by 90 degrees": lambda one: one.transpose(Image.Transpose.ROTATE_90),
    "turned by 180 degrees": lambda one: one.transpose(Image.Transpose.ROTATE_180),
    "turned by 2 degrees": lambda one: _slanted(one, 2),
    "turned by 5 degrees": lambda one: _slanted(one, 5),
    "screenshot of it on a phone": _on_phone,
    "photographed from a screen (simulated)": _off_a_screen,
    "beside another in a collage": _beside,
}
"""By kind of change; the same photograph afterwards."""
