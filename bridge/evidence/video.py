"""Videos: the container opens, there is moving picture in it, and its first, middle and last frames decode.

Runs in the decoding process. FFmpeg is handed an open file and the container's name, so it neither guesses
formats nor opens anything else; only codecs that phones and browsers record are decoded.
"""

from fractions import Fraction
from itertools import islice
from typing import Any, BinaryIO

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from bridge.evidence import notes, pdq
from bridge.evidence.formats import VIDEOS, ends_early
from bridge.evidence.picture import as_seen, grey_spread
from bridge.evidence.protocol import Findings
from bridge.model.evidence import Limits, Reason, Verdict

_CODECS = {"h264", "hevc", "h263", "mpeg4", "vp8", "vp9", "av1", "libdav1d", "libvpx-vp9", "mjpeg"}
_MOST_FRAMES = 600
"""Decoded at the end of a video to reach its last frame: ten seconds of 60 a second."""
_MEASURED_EDGE = 512
_NAMES = ("first", "middle", "last")
"""The views by which a video is known again."""
# A title in another encoding is no reason to refuse a video. PyAV 19 is lenient by itself and has no such option.
_LENIENT: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}
# What FFmpeg and hostile numbers raise. Not TypeError or AttributeError: those are a library that does not fit,
# which must show itself as a crash and not call every video damaged.
_DAMAGE = (av.FFmpegError, ValueError, OSError, EOFError, ArithmeticError, LookupError)


def judge_video(file: BinaryIO, size: int, mime: str, limits: Limits) -> Findings:
    """Open the container and decode the beginning, the middle and the end. `mime` is in `formats.VIDEOS`."""
    if ends_early(file, size, mime):
        return Findings(verdict=Verdict.TRUNCATED, reason=Reason.CUT, mime=mime)
    try:
        with _open(file, mime) as container:
            return _judge(container, file, size, mime, limits)
    except MemoryError:
        return Findings(verdict=Verdict.BOMB, reason=Reason.MEMORY, mime=mime, retire=True)
    except _DAMAGE:
        return Findings(verdict=Verdict.TRUNCATED, reason=Reason.DAMAGED, mime=mime)


def _judge(container: InputContainer, file: BinaryIO, size: int, mime: str, limits: Limits) -> Findings:
    stream = _moving_picture(container)
    if stream is None:
        return Findings(verdict=Verdict.NOT_MEDIA, reason=Reason.NO_VIDEO_STREAM, mime=mime)
    refused = _refused(stream, limits)
    if refused is not None:
        return Findings(verdict=refused[0], reason=refused[1], mime=mime)
    frames = _first_middle_last(container, stream)
    first, last = frames[0], frames[-1]
    duration_ms = _duration_ms(container, stream, last)
    seen = [as_seen(_small(frame), pdq.EDGE) for frame in frames]
    spread = max(grey_spread(grey) for grey in seen)
    quality = [pdq.quality_of(grey) for grey in seen]
    noted = notes.of_video(container.metadata, file, size, mime)
    width, height = first.width, first.height
    if first.rotation % 180:
        width, height = height, width
    verdict, reason = Verdict.OK, Reason.NONE
    if duration_ms > limits.max_duration_ms:
        verdict, reason = Verdict.TOO_LARGE, Reason.DURATION
    elif duration_ms < limits.min_duration_ms:
        verdict, reason = Verdict.TOO_SMALL, Reason.DURATION
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
        duration_ms=duration_ms,
        frames_checked=len(frames),
        taken_at=noted.taken_at,
        taken_offset=noted.taken_offset,
        has_gps=noted.has_gps,
        position=noted.position,
        software=noted.software,
        signs=noted.signs,
        quality=max(quality),
        views=tuple(
            pdq.frame_view(grey, name)
            for name, grey, good in zip(_NAMES, seen, quality, strict=False)
            if good >= pdq.LEAST_QUALITY
        ),
    )


def _open(file: BinaryIO, mime: str) -> InputContainer:
    file.seek(0)
    container: InputContainer = av.open(file, mode="r", format=VIDEOS[mime], **_LENIENT)
    return container


def _moving_picture(container: InputContainer) -> VideoStream | None:
    """The first video stream that is not the cover of a piece of music."""
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def _refused(stream: VideoStream, limits: Limits) -> tuple[Verdict, Reason] | None:
    codec = stream.codec_context
    if codec is None or codec.name not in _CODECS:
        return Verdict.UNSUPPORTED, Reason.CODEC
    if codec.width * codec.height > limits.max_frame_pixels:
        return Verdict.BOMB, Reason.PIXELS
    # A stream may change its size halfway; FFmpeg then holds it to this. One thread: memory is limited.
    codec.options = {"max_pixels": str(limits.max_frame_pixels)}
    codec.thread_count = 1
    return None


def _first_middle_last(container: InputContainer, stream: VideoStream) -> list[VideoFrame]:
    """The first, a middle and the last frame. Raises ValueError or FFmpeg's errors if one does not decode."""
    first = next(container.decode(stream), None)
    if first is None:
        raise ValueError("no frame decodes")
    length = _length(container, stream)
    if length is None:  # streamed while it was recorded: nothing to jump by
        rest = list(islice(container.decode(stream), _MOST_FRAMES))
        return [first, *rest[len(rest) // 2 :][:1], *rest[-1:]]
    start = first.pts or 0
    middle = start + int(length / 2 / _base(stream))
    end = start + int(length / _base(stream))
    return [first, _frame_at(container, stream, middle), _frame_at(container, stream, end)]


def _frame_at(container: InputContainer, stream: VideoStream, target: int) -> VideoFrame:
    """The frame shown at `target` (in the stream's time base), or the last one before it."""
    container.seek(target, stream=stream)  # to the key frame before it, from where it must be decoded
    found = None
    for frame in islice(container.decode(stream), _MOST_FRAMES):
        found = frame
        if frame.pts is not None and frame.pts >= target:
            break
    if found is None:
        raise ValueError("a frame that the index promises does not decode")
    return found


def _length(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """Seconds of moving picture as the container states them, or None."""
    if stream.duration is not None and stream.duration > 0:
        return stream.duration * _base(stream)
    if container.duration is not None and container.duration > 0:
        return Fraction(container.duration, av.time_base)
    return None


def _duration_ms(container: InputContainer, stream: VideoStream, last: VideoFrame) -> int:
    length = _length(container, stream)
    if length is None:
        length = ((last.pts or 0) - (stream.start_time or 0)) * _base(stream)
    return int(length * 1000)


def _base(stream: VideoStream) -> Fraction:
    base = stream.time_base or Fraction(1, av.time_base)
    return Fraction(base.numerator, base.denominator)  # PyAV 19 has a rational type of its own


def _small(frame: VideoFrame) -> Image.Image:
    """The frame as a person sees it, scaled down before it becomes RGB so that 8K costs no memory."""
    scale = min(1.0, _MEASURED_EDGE / max(frame.width, frame.height))
    size = max(2, int(frame.width * scale)), max(2, int(frame.height * scale))
    picture: Image.Image = frame.to_image(width=size[0], height=size[1])  # type: ignore[no-untyped-call]
    # FFmpeg states the turn counter-clockwise, as Pillow wants it.
    return picture.rotate(frame.rotation, expand=True) if frame.rotation else picture


def first_frame(file: BinaryIO, mime: str) -> Image.Image:
    """The first frame as a person sees it, small. Raises whatever its decoder raises."""
    with _open(file, mime) as container:
        stream = _moving_picture(container)
        if stream is None:
            raise ValueError("no moving picture")
        return _small(next(container.decode(stream))).convert("RGB")
