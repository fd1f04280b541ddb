"""The bridge under rehearsal: a process of its own, as an operator runs it, watched from outside."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import orjson

from bridge.model.event import Json

START_SECONDS = 45.0
STOP_SECONDS = 15.0
_LAST_LINES = 25


class BridgeFailed(Exception):
    """The bridge did not start, or ended by itself; the message ends with the last lines of its log."""


def command(*arguments: str) -> list[str]:
    """The command line of `tudang` in the environment that we run in."""
    script = Path(sys.executable).with_name("tudang")
    if script.exists():
        return [str(script), *arguments]
    return [sys.executable, "-m", "bridge", *arguments]


class BridgeProcess:
    """`tudang run` with ``arguments``; its output goes to the file ``log``, its health is read from ``url``."""

    def __init__(self, arguments: Sequence[str], log: Path, url: str, session: aiohttp.ClientSession) -> None:
        self.log = log
        self.url = url
        self._arguments = arguments
        self._session = session
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = log.with_suffix(".pid")

    @property
    def running(self) -> bool:
        """Whether our process is alive."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Start, and return once the health page answers. Raises :class:`BridgeFailed`."""
        self._end_leftover()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            # A session of its own: a Ctrl-C in the terminal is for us, who stop it before the homeserver.
            self._process = subprocess.Popen(  # noqa: ASYNC220  (it returns at once; output goes to a file)
                command(*self._arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        self._pid.write_text(str(self._process.pid))
        try:
            async with asyncio.timeout(START_SECONDS):
                while (health := await self.health()) is None or health.get("last_sync_age") is None:
                    self._expect_alive("ended while starting")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise self._failed(f"did not answer within {START_SECONDS:.0f} seconds") from None

    async def watch(self) -> None:
        """Never returns; raises :class:`BridgeFailed` as soon as the process has ended by itself."""
        while True:
            self._expect_alive("ended by itself")
            await asyncio.sleep(0.3)

    async def health(self) -> Json | None:
        """What `/healthz` says now, whether well or not; None when it does not answer."""
        try:
            async with self._session.get(f"{self.url}/healthz", timeout=aiohttp.ClientTimeout(total=5)) as answer:
                found = orjson.loads(await answer.read())
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
            return None
        return found if isinstance(found, dict) else None

    async def stop(self) -> int | None:
        """Stop cleanly, or by force when that takes too long; returns the exit code, None if it never ran."""
        process = self._process
        if process is None:
            return None
        if process.poll() is None:
            process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    while process.poll() is None:  # noqa: ASYNC110  (a process has no event to wait for)
                        await asyncio.sleep(0.05)
            except TimeoutError:
                process.kill()
        self._pid.unlink(missing_ok=True)
        return process.wait()

    def last_lines(self) -> str:
        """The end of the log."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        return ""

    def _expect_alive(self, otherwise: str) -> None:
        if not self.running:
            code = self._process.returncode if self._process is not None else "?"
            raise self._failed(f"{otherwise} (exit code {code})")

    def _failed(self, what: str) -> BridgeFailed:
        return BridgeFailed(f"The bridge {what}. The end of {self.log}:\n{self.last_lines()}")

    def _end_leftover(self) -> None:
        """End a bridge of this very state that outlived a killed rehearsal."""
        with contextlib.suppress(OSError, ValueError):
            pid = int(self._pid.read_text())
            said = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            if all(argument in said for argument in self._arguments):
                os.kill(pid, signal.SIGKILL)
        self._pid.unlink(missing_ok=True)


async def run_command(*arguments: str) -> tuple[int, str]:
    """Run `tudang` with these arguments to its end; returns its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *command(*arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return process.returncode or 0, said.decode(errors="replace").strip()
