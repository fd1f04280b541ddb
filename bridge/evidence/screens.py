"""Whether a picture looks like one of a screen: weak signs are added up, since each is seen on photos too."""

from PIL import Image, ImageChops, ImageStat

from bridge.evidence.notes import Notes

ENOUGH = 4
"""So many points, and people are asked to look at it."""

_CLAIMED, _CAMERA = 4, -4
_TALL = (1.9, 2.45)
"""The long side of a phone's screen over the short one; photos have 1.33 to 1.78."""
_STRIP = 0.04
"""The share of the height at the top where a screen shows clock and battery, and at the bottom its buttons."""
_PLAIN = 1
"""So far two values of grey may be from each other within one plain colour, after JPEG."""


def points(grey: Image.Image, mime: str, notes: Notes) -> int:
    """How much speaks for a screen, of a picture reduced as `pdq.reduced` does, turned as it is shown or not."""
    width, height = grey.size
    total = _CLAIMED if notes.screen else 0
    total += _CAMERA if notes.camera else 0
    total += 1 if mime == "image/png" else 0
    total += 1 if _TALL[0] <= max(width, height) / min(width, height) <= _TALL[1] else 0
    flat = _flat_share(grey)
    total += (flat > 0.3) + (flat > 0.5)
    strip = max(3, round(height * _STRIP))
    total += _plain_strip(grey.crop((0, 0, width, strip)))
    total += _plain_strip(grey.crop((0, height - strip, width, height)))
    return total


def _flat_share(grey: Image.Image) -> float:
    """The share of the pixels that are exactly, but for JPEG, as their neighbours to the left and above."""
    left = ImageChops.difference(grey, ImageChops.offset(grey, 1, 0))
    above = ImageChops.difference(grey, ImageChops.offset(grey, 0, 1))
    even = ImageChops.lighter(left, above).point(lambda value: 255 * (value == 0))
    return float(ImageStat.Stat(even).mean[0]) / 255


def _plain_strip(strip: Image.Image) -> bool:
    """Whether a strip is of one colour but for a few signs on it."""
    counts = strip.histogram()
    ground = max(range(256), key=counts.__getitem__)
    near = sum(counts[max(0, ground - _PLAIN) : ground + _PLAIN + 1])
    return near >= 0.75 * sum(counts)
