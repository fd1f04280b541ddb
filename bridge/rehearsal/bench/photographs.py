"""Real photographs under free licences, taken from Debian packages of one release; never a part of this house.

Each package is named with its version and the SHA-256 of its file. What licence each picture has stands in the
`copyright` file of its package; all are free (CC0, CC BY, CC BY-SA, GPL, Apache-2.0 or BSD).
"""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from struct import unpack_from

from PIL import Image

PACKAGES = {
    "gcompris-qt-data=3.1-2": "e9cf06ab2105529068df73085784e835d2ff03f870d2a8091f09125d40abac9f",
    "mate-backgrounds=1.26.0-1": "7bf4c2209f34b4f61ba6d24c8b58c28b361e82e4b943aae6d42c030169af9e04",
    "lomiri-wallpapers-16.04=20.04.0-2": "a99ff6a3bfe451e4cc0682ecb3cc82e71740626d59e4845ae34a0a0e45421eab",
    "palapeli-data=4:22.12.3-1": "69a15dce2ac25ed8708ac518cd0cee5f4eb0c70ed15da2fdb8899a19ac0ee058",
    "tuxpaint-data=1:0.9.28-sdl2-1": "f5d0de8f9a70d2efc1241d19f26168cb8bf279f1b77abd3631e7a1a55c40e5e5",
}
"""Debian 12: name and version, SHA-256."""

PHOTOGRAPHIC = (
    "explore_monuments",
    "erase",
    "explore_world_animals",
    "explore_farm_animals",
    "explore_world_music",
)
"""The activities of GCompris whose pictures are photographs."""

FOLDERS = ("backgrounds/mate/nature", "share/backgrounds", "palapeli/collection", "tuxpaint/templates")
LEAST_EDGE, LEAST_BYTES = 640, 20_000
DRAWN = ("Picture_0B", "Picture_1A", "Wine_by", "analogpattern", "friends_by", "tumang", "desktop/", "abstract/")
"""Parts of names of what is drawn, or has been laid into one picture with others."""


class NoPhotographs(Exception):
    """The photographs cannot be had here; the message says why and what else to do."""


def fetch(folder: Path) -> list[tuple[str, Image.Image]]:
    """(name, picture in RGB) of every photograph, in the order of their names; fetched once into ``folder``."""
    pictures = dict(_unpacked(folder))
    return [(name, Image.open(io.BytesIO(pictures[name])).convert("RGB")) for name in sorted(pictures)]


def own(folder: Path) -> list[tuple[str, Image.Image]]:
    """The same of an agency's own photographs, whatever lies in ``folder``."""
    found = []
    for path in sorted(folder.iterdir()):
        try:
            found.append((path.name, Image.open(path).convert("RGB")))
        except OSError:
            continue
    return found


def _unpacked(folder: Path) -> Iterator[tuple[str, bytes]]:
    folder.mkdir(parents=True, exist_ok=True)
    for package, digest in PACKAGES.items():
        name = package.partition("=")[0]
        place = folder / name
        if not place.exists():
            _unpack(folder, package, digest, place)
        for path in sorted(place.rglob("*")):
            if path.suffix == ".rcc" and path.stem in PHOTOGRAPHIC:
                for number, content in enumerate(_resources(path.read_bytes())):
                    if _is_photograph(content):
                        yield f"{name}/{path.stem}/{number:03}", content
            elif path.is_file() and _is_listed(str(path)) and _is_photograph(path.read_bytes()):
                yield f"{name}/{path.name}", path.read_bytes()


def _unpack(folder: Path, package: str, digest: str, place: Path) -> None:
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg-deb")
    if not apt or not dpkg:
        raise NoPhotographs(
            "The photographs are in packages of Debian 12. Elsewhere: --photos FOLDER with your own."
        )
    subprocess.run([apt, "download", "-qq", package], cwd=folder, check=False, stderr=subprocess.DEVNULL)
    files = list(folder.glob(f"{package.partition('=')[0]}_*.deb"))
    if not files or hashlib.sha256(files[0].read_bytes()).hexdigest() != digest:
        raise NoPhotographs(f"{package} is not to be had as it was measured. Use --photos FOLDER with your own.")
    subprocess.run([dpkg, "-x", str(files[0]), str(place)], check=True)
    files[0].unlink()


def _is_listed(path: str) -> bool:
    return any(part in path for part in FOLDERS) and not any(part in path for part in DRAWN)


def _is_photograph(content: bytes) -> bool:
    if len(content) < LEAST_BYTES or not content.startswith((b"\xff\xd8\xff", b"RIFF")):
        return False
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return max(picture.size) >= LEAST_EDGE
    except OSError:
        return False


def _resources(content: bytes) -> Iterator[bytes]:
    """The files in a compiled resource file of Qt: each a length of four bytes and its bytes."""
    _, tree, data, names = unpack_from(">4I", content, 4)
    end = min(place for place in (tree, names, len(content)) if place > data)
    while data + 4 <= end:
        (length,) = unpack_from(">I", content, data)
        yield content[data + 4 : data + 4 + length]
        data += 4 + length
