"""Judging files from the event loop: a small pool of decoding processes, each lost without harm.

A process is started once and judges many files, so that a picture costs milliseconds. It is replaced after
a crash, a timeout, its memory limit or a number of jobs.
"""

import asyncio
import contextlib
import hashlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import msgspec

from bridge.apart import command as command_of
from bridge.evidence.formats import HEAD, sniff
from bridge.evidence.protocol import PREFIX, Findings, Job, Ready, Setup, frame, frame_length
from bridge.model.evidence import Inspection, InspectorUnavailable, Judged, Limits, Reason, Stored, Verdict

T = TypeVar("T", Ready, Findings)

_START_SECONDS = 60.0


def worker_command(module: str = "bridge.evidence.worker") -> tuple[str, ...]:
    """How a decoding process is started."""
    return command_of(module)


class Inspector:
    """`bridge.model.evidence.EvidenceInspector` with `limits.workers` processes, started when needed.

    Use it as an async context manager, or call `close`.
    """

    def __init__(self, limits: Limits, *, command: Sequence[str] | None = None) -> None:
        self._limits = limits
        self._command = tuple(command or worker_command())
        self._turn = asyncio.Semaphore(limits.workers)
        self._idle: list[_Process] = []

    async def __aenter__(self) -> "Inspector":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the processes that wait for work. Callers end what they have under way by cancelling it."""
        while self._idle:
            await self._idle.pop().end()

    async def start(self) -> tuple[str, ...]:
        """Start one process ahead of the first file; returns the names of the fences around it (see
        `sandbox.fence`). Raises InspectorUnavailable."""
        async with self._turn:
            process = await self._ready_process()
            self._idle.append(process)
            return process.fences

    async def inspect(self, path: Path, claimed: str, stored: Stored | None = None) -> Inspection:
        """See `EvidenceInspector.inspect`."""
        head, measured = await asyncio.to_thread(_measure, path, stored)
        if measured.size == 0:
            findings = Findings(verdict=Verdict.EMPTY)
        elif measured.size > self._limits.max_bytes:
            findings = Findings(verdict=Verdict.TOO_LARGE, reason=Reason.BYTES, mime=sniff(head))
        else:
            findings = await self._ask(path)
        if findings.verdict in (Verdict.TIMEOUT, Verdict.CRASHED):
            findings = msgspec.structs.replace(findings, mime=sniff(head))
        return _inspection(findings, measured, claimed)

    async def _ask(self, path: Path) -> Findings:
        job = Job(str(await asyncio.to_thread(path.resolve)))
        async with self._turn:
            findings = await self._attempt(job)
            # A process may die by chance (the system was out of memory): that must cost nobody a report.
            if findings.verdict is Verdict.CRASHED:
                findings = await self._attempt(job)
            return findings

    async def _attempt(self, job: Job) -> Findings:
        process = await self._ready_process()
        findings = await process.ask(job, self._limits.wall_seconds)
        if process.running and not findings.retire and process.jobs < self._limits.jobs_per_worker:
            self._idle.append(process)
        else:
            await process.end()
        return findings

    async def _ready_process(self) -> "_Process":
        while self._idle:
            process = self._idle.pop()
            if process.running:
                return process
            await process.end()
        return await _Process.start(self._command, self._limits)


class _Process:
    """One decoding process and the pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin and process.stdout and process.stderr  # noqa: S101 - all three are pipes
        self._process = process
        self._to, self._from, self._complaints = process.stdin, process.stdout, process.stderr
        self.jobs = 0
        self.fences: tuple[str, ...] = ()

    @classmethod
    async def start(cls, command: Sequence[str], limits: Limits) -> "_Process":
        """Start a process and wait until it has fenced itself in. Raises InspectorUnavailable."""
        pipe = asyncio.subprocess.PIPE
        try:
            started = await asyncio.create_subprocess_exec(
                *command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                cwd="/",
                # Nothing of ours: no token, no proxy, no preload. Two arenas keep the address space small.
                env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
                start_new_session=True,
            )
        except OSError as error:
            raise InspectorUnavailable(f"the decoding process cannot be started: {error.strerror}") from error
        process = cls(started)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await process._send(Setup(limits))
                process.fences = (await process._receive(Ready)).fences
        except (TimeoutError, EOFError, OSError, ValueError, msgspec.MsgspecError) as error:
            await process.end()
            complaint = (await process._complaints.read(4096)).decode(errors="replace").strip()
            last_line = complaint.rpartition("\n")[2] or "it did not answer"
            raise InspectorUnavailable(f"the decoding process does not start: {last_line}") from error
        except BaseException:
            await process.end()
            raise
        return process

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def ask(self, job: Job, seconds: float) -> Findings:
        """Have one job done. If the process does not survive it, that becomes the findings."""
        self.jobs += 1
        try:
            async with asyncio.timeout(seconds):
                await self._send(job)
                return await self._receive(Findings)
        except TimeoutError:
            await self.end()
            return Findings(verdict=Verdict.TIMEOUT, reason=Reason.WALL_TIME)
        except (EOFError, OSError, ValueError, msgspec.MsgspecError):
            await self.end()
            if self._process.returncode == -signal.SIGXCPU:
                return Findings(verdict=Verdict.TIMEOUT, reason=Reason.CPU_TIME)
            return Findings(verdict=Verdict.CRASHED)
        except BaseException:
            # Cancelled in the middle: the next job would read this one's answer.
            await self.end()
            raise

    async def end(self) -> None:
        """Kill the process with all that belongs to it, and wait until it is gone."""
        self._to.close()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def _send(self, message: Setup | Job) -> None:
        self._to.write(frame(message))
        await self._to.drain()

    async def _receive(self, kind: type[T]) -> T:
        length = frame_length(await self._from.readexactly(PREFIX))
        return msgspec.msgpack.decode(await self._from.readexactly(length), type=kind)


def _measure(path: Path, stored: Stored | None) -> tuple[bytes, Stored]:
    """The file's first bytes, its size and its hash: taken here, because a decoder could lie about them."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if stored is None:
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            stored = Stored(sha256, file.tell(), new=False)
    return head, stored


def _inspection(findings: Findings, stored: Stored, claimed: str) -> Inspection:
    seen = {name: getattr(findings, name) for name in Judged.__struct_fields__}
    return Inspection(sha256=stored.sha256, size=stored.size, claimed=claimed, **seen)
