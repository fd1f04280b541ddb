"""Processes of a bench: started, watched for their memory, and ended by their id."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).parents[3]
MEBIBYTE = 1024 * 1024


class Ended(Exception):
    """A process of the bench ended by itself; the message ends with what it said last."""


class Once(NamedTuple):
    """How a command that ends by itself did."""

    seconds: float
    peak_bytes: int
    """The most memory it held, without its children."""


def once(module: str, *arguments: str, log: Path) -> Once:
    """Run a module to its end. Raises :class:`Ended` when it fails."""
    with log.open("wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
        )
        peak = 0
        # What a process that is gone has held is mixed with what its parent held: so it is looked at on the way.
        while process.poll() is None:
            with contextlib.suppress(OSError):
                peak = max(peak, _status(process.pid, "VmHWM"))
            time.sleep(0.02)
        seconds = time.monotonic() - began
    if process.returncode:
        said = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise Ended(f"{module} {arguments[0]} ended with {process.returncode}:\n{said}")
    return Once(seconds, peak * 1024)


class Process:
    """One Python process running a module."""

    def __init__(
        self, module: str, arguments: Sequence[str], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self._module = module
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
            )

    def line(self) -> bytes:
        """The next line of its output; waits for it."""
        output: IO[bytes] = self._process.stdout  # type: ignore[assignment]
        line = output.readline()
        if not line:
            self.expect_alive()
        return line

    def expect_alive(self) -> None:
        """Raises :class:`Ended` when it is not running."""
        if self._process.poll() is not None:
            said = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
            raise Ended(f"{self._module} ended with {self._process.returncode}:\n{said}")

    def peak_bytes(self) -> int:
        """The most memory it ever held, without its children (VmHWM)."""
        return _status(self._process.pid, "VmHWM") * 1024

    def memory_bytes(self) -> int:
        """The memory it holds now, without its children (VmRSS)."""
        return _status(self._process.pid, "VmRSS") * 1024

    def cpu_seconds(self) -> float:
        """Processor time of all its threads so far, without its children."""
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def kill(self) -> None:
        """End it by force (SIGKILL), if it has not ended."""
        self._close_pipes()
        self._process.kill()
        self._process.wait()

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def end(self, patience: float = 15.0) -> None:
        """Stop it cleanly, or by force when that takes too long."""
        self._close_pipes()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _status(pid: int, field: str) -> int:
    with contextlib.suppress(OSError):
        found = re.search(rf"^{field}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        if found:
            return int(found[1])
    return 0


@contextlib.contextmanager
def running(module: str, *arguments: str, log: Path, env: Mapping[str, str] | None = None) -> Iterator[Process]:
    """A process for the length of a block."""
    process = Process(module, arguments, log, env)
    try:
        yield process
    finally:
        process.end()
