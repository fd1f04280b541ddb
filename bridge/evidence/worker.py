"""The decoding process: reads jobs from one pipe, answers on the other, and can be lost without harm.

It is started by `inspect` with an empty environment, imports what it needs, fences itself in, and from then
on touches only files that were sent by strangers.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from bridge.evidence.document import judge_document
from bridge.evidence.formats import CONTAINERS, HEAD, PICTURES, UNKNOWN, VIDEOS, identify, sniff
from bridge.evidence.picture import judge_picture
from bridge.evidence.protocol import PREFIX, Findings, Job, Ready, Setup, frame, frame_length
from bridge.evidence.sandbox import allow_cpu, fence
from bridge.evidence.video import judge_video
from bridge.model.evidence import Limits, Verdict

T = TypeVar("T", Setup, Job)
Judge = Callable[[Job, Limits], Findings]


def main() -> None:
    """Serve until the bridge closes the pipe."""
    serve(judge)


def serve(answer: Judge) -> None:
    """Speak `bridge.evidence.protocol` on standard input and output, answering each job with `answer`."""
    with os.fdopen(os.dup(0), "rb") as jobs, os.fdopen(os.dup(1), "wb") as answers:
        # What a library prints must not end up between two frames.
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        setup = _read(jobs, Setup)
        if setup is None:
            return
        fences = fence(setup.limits.memory_bytes)
        _write(answers, Ready(fences))
        os.dup2(nowhere, 2)
        while (job := _read(jobs, Job)) is not None:
            allow_cpu(setup.limits.cpu_seconds)
            findings = answer(job, setup.limits)
            _write(answers, findings)
            if findings.retire:
                return


def judge(job: Job, limits: Limits) -> Findings:
    """Do one job. Never raises for what is in the file."""
    with Path(job.path).open("rb") as file:
        mime = sniff(file.read(HEAD))
        size = os.fstat(file.fileno()).st_size
        if mime in PICTURES:
            return judge_picture(file, size, mime, limits)
        if mime in VIDEOS:
            return judge_video(file, size, mime, limits)
        if mime in CONTAINERS:
            return judge_document(file, size, mime, limits)
    if mime == UNKNOWN:
        mime = identify(Path(job.path))
    is_media = mime.startswith(("image/", "video/"))
    return Findings(verdict=Verdict.UNSUPPORTED if is_media else Verdict.NOT_MEDIA, mime=mime)


def _read(pipe: BinaryIO, kind: type[T]) -> T | None:
    prefix = pipe.read(PREFIX)
    if len(prefix) < PREFIX:
        return None
    return msgspec.msgpack.decode(pipe.read(frame_length(prefix)), type=kind)


def _write(pipe: BinaryIO, message: Ready | Findings) -> None:
    pipe.write(frame(message))
    pipe.flush()


if __name__ == "__main__":
    main()
