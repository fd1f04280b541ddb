"""A decoding process that does what an exploited decoder could, told by the text in the file. Only for tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bridge.evidence.protocol import Findings, Job
from bridge.evidence.worker import judge, serve
from bridge.model.evidence import Limits, Verdict

_done = 0


def main() -> None:
    """Serve, misbehaving on request."""
    serve(_answer)


def _answer(job: Job, limits: Limits) -> Findings:
    global _done
    _done += 1
    order = Path(job.path).read_bytes()[:40].decode(errors="replace").strip()
    if order == "hang":
        signal.pause()
    if order == "spin":
        while True:
            pass
    if order == "die" or (order == "die unless fresh" and _done > 1):
        os.abort()
    if order == "lie":
        os.write(4, b"\xff\xff\xff\xff")  # the pipe of answers: the second descriptor that `serve` made
        signal.pause()
    if order == "number":
        return Findings(verdict=Verdict.OK, mime=str(os.getpid()))
    if order == "surroundings":
        return Findings(verdict=Verdict.OK, mime=",".join(sorted(os.environ)) + "|" + str(Path.cwd()))
    if order in _ATTEMPTS:
        return Findings(verdict=Verdict.OK, mime=_outcome(_ATTEMPTS[order]))
    return judge(job, limits)


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "allowed"


_ATTEMPTS: dict[str, Callable[[], object]] = {
    "network": lambda: socket.socket(),
    "program": lambda: subprocess.run([sys.executable, "-c", ""], check=False),
    "fork": os.fork,
    "signal": lambda: os.kill(os.getppid(), 0),
    "write": lambda: Path("/tmp/written").write_bytes(b"x"),
    "remove": lambda: Path("/tmp/written").unlink(),
    "overwrite": lambda: os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR),
}
