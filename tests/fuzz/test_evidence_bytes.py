"""Photos and videos with damaged bytes, judged by the fenced process: always a verdict, and it goes on."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.evidence.inspect import Inspector
from bridge.model.evidence import Inspection, Limits, Reason, Verdict
from tests.evidence import pictures
from tests.fuzz.accidents import Accident, accidents, after
from tests.fuzz.cases import share

SAMPLES = ("JPEG", "progressive", "PNG", "WEBP", "GIF", "animated PNG", "mp4", "webm", "exif")


@cache
def sample(kind: str) -> bytes:
    """An honest file of a kind, small enough to be judged often."""
    match kind:
        case "progressive":
            return pictures.encoded(pictures.scene(kind, (640, 480)), "JPEG", progressive=True)
        case "GIF":
            return pictures.animation("GIF")
        case "animated PNG":
            return pictures.animation("PNG")
        case "mp4" | "webm":
            frames = [pictures.scene(part // 6, (320, 240)) for part in range(12)]
            return pictures.film(frames, container=kind, codec="libx264" if kind == "mp4" else "libvpx")
        case "exif":
            exif = pictures.strange_exifs()["a date that is a number"]
            return pictures.with_exif(pictures.encoded(pictures.scene(kind, (640, 480)), "JPEG"), exif)
    return pictures.encoded(pictures.scene(kind, (640, 480)), kind)


class Desk:
    """Has files judged, one after the other, by one inspector."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._file = folder / "file"
        self._inspector = Inspector(Limits(wall_seconds=10, min_duration_ms=500))

    def judge(self, data: bytes) -> Inspection:
        self._file.write_bytes(data)
        return self._loop.run_until_complete(self._inspector.inspect(self._file, "image/jpeg"))

    def close(self) -> None:
        self._loop.run_until_complete(self._inspector.close())
        self._loop.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def test_damaged_files_have_a_verdict(desk: Desk) -> None:
    """Every file, whatever happened to it; afterwards an honest photo still counts."""

    @given(st.sampled_from(SAMPLES), accidents)
    @share(0.05)
    def case(kind: str, done: list[Accident]) -> None:
        data = after(sample(kind), done)
        found = desk.judge(data)
        assert isinstance(found.verdict, Verdict) and isinstance(found.reason, Reason)
        assert (found.size, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        if found.verdict is Verdict.OK:
            assert found.width and found.height

    case()
    assert desk.judge(sample("JPEG")).verdict is Verdict.OK


def test_files_made_of_pieces_of_others_have_a_verdict(desk: Desk) -> None:
    """The head of one kind with the body of another."""

    @given(
        st.sampled_from(SAMPLES), st.sampled_from(SAMPLES), st.integers(0, 2000), st.integers(0, 2000), accidents
    )
    @share(0.01)
    def case(head: str, body: str, until: int, start: int, done: list[Accident]) -> None:
        data = after(sample(head)[:until] + sample(body)[start:], done)
        found = desk.judge(data)
        assert found.size == len(data) and isinstance(found.verdict, Verdict)

    case()
    assert desk.judge(sample("mp4")).verdict is Verdict.OK
