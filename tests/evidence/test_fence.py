"""A hostile file can lose its own verdict and nothing else."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.evidence.inspect import Inspector, worker_command
from bridge.model.evidence import InspectorUnavailable, Limits, Reason, Verdict
from tests.evidence import pictures

HOSTILE = worker_command("tests.evidence.hostile_worker")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="system call filters are Linux's")


@pytest.fixture
def order(tmp_path: Path) -> Callable[[str], Path]:
    """A file that makes the hostile process do something."""

    def write(text: str) -> Path:
        path = tmp_path / text.replace(" ", "-")
        path.write_text(text)
        return path

    return write


@pytest.fixture
def honest(tmp_path: Path) -> Path:
    path = tmp_path / "honest"
    path.write_bytes(pictures.photo(1))
    return path


async def test_a_decoder_that_hangs_is_stopped(order: Callable[[str], Path], honest: Path) -> None:
    """After the time limit the file has its verdict, with its real type, and the next one is judged."""
    async with Inspector(Limits(wall_seconds=2), command=HOSTILE) as inspector:
        found = await inspector.inspect(order("hang"), "image/jpeg")
        assert (found.verdict, found.reason) == (Verdict.TIMEOUT, Reason.WALL_TIME)
        assert (await inspector.inspect(honest, "")).verdict is Verdict.OK


async def test_a_decoder_that_spins_is_stopped(order: Callable[[str], Path], honest: Path) -> None:
    """So it is by its processor time, which a busy machine does not lengthen."""
    async with Inspector(Limits(cpu_seconds=1), command=HOSTILE) as inspector:
        found = await inspector.inspect(order("spin"), "image/jpeg")
        assert (found.verdict, found.reason) == (Verdict.TIMEOUT, Reason.CPU_TIME)
        assert (await inspector.inspect(honest, "")).verdict is Verdict.OK


async def test_a_decoder_that_hangs_does_not_hold_up_the_other(order: Callable[[str], Path], honest: Path) -> None:
    """With two processes, one file that hangs leaves the other process to everybody else."""
    async with Inspector(Limits(wall_seconds=60, workers=2), command=HOSTILE) as inspector:
        hanging = asyncio.create_task(inspector.inspect(order("hang"), ""))
        for _ in range(3):
            assert (await inspector.inspect(honest, "")).verdict is Verdict.OK
        assert not hanging.done()
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging


@pytest.mark.parametrize("how", ["die", "lie"])
async def test_a_decoder_that_dies_costs_one_verdict(order: Callable[[str], Path], honest: Path, how: str) -> None:
    """A crash, or an answer that is none, is the verdict of that file alone."""
    async with Inspector(Limits(wall_seconds=30), command=HOSTILE) as inspector:
        assert (await inspector.inspect(honest, "")).verdict is Verdict.OK
        assert (await inspector.inspect(order(how), "")).verdict is Verdict.CRASHED
        assert (await inspector.inspect(honest, "")).verdict is Verdict.OK


async def test_a_crash_by_chance_costs_nobody_a_report(order: Callable[[str], Path], honest: Path) -> None:
    """A file is judged once more in a fresh process before it is blamed for a crash."""
    async with Inspector(Limits(min_bytes=0), command=HOSTILE) as inspector:
        assert (await inspector.inspect(honest, "")).verdict is Verdict.OK
        found = await inspector.inspect(order("die unless fresh"), "")
        assert found.verdict is Verdict.NOT_MEDIA


async def test_a_process_killed_between_two_files_is_replaced(order: Callable[[str], Path], honest: Path) -> None:
    """Whoever kills an idle process (an operator, a system out of memory) changes no verdict."""
    async with Inspector(Limits(), command=HOSTILE) as inspector:
        first = int((await inspector.inspect(order("number"), "")).mime)
        os.kill(first, signal.SIGKILL)
        assert (await inspector.inspect(honest, "")).verdict is Verdict.OK
        assert int((await inspector.inspect(order("number"), "")).mime) != first


async def test_cancelling_leaves_no_answer_for_the_next_file(order: Callable[[str], Path], honest: Path) -> None:
    """A bridge that stops waiting for a file gets the next file's own verdict."""
    async with Inspector(Limits(wall_seconds=60), command=HOSTILE) as inspector:
        first = int((await inspector.inspect(order("number"), "")).mime)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(inspector.inspect(order("hang"), ""), 0.2)
        assert (await inspector.inspect(honest, "")).mime == "image/jpeg"
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)


async def test_a_decoder_that_eats_memory_is_stopped(tmp_path: Path, honest: Path) -> None:
    """A picture within the pixel limit that needs more memory than allowed is a bomb; the next is judged."""
    greedy = tmp_path / "greedy"
    greedy.write_bytes(pictures.png(9_900, 9_900, bits=8))
    async with Inspector(Limits(memory_bytes=250 * 1024 * 1024)) as inspector:
        found = await inspector.inspect(greedy, "image/png")
        assert (found.verdict, found.reason) == (Verdict.BOMB, Reason.MEMORY)
        assert (await inspector.inspect(honest, "")).verdict is Verdict.OK


async def test_a_process_is_kept_for_many_files_but_not_for_ever(order: Callable[[str], Path]) -> None:
    """Files share a process, and after its number of jobs a new one takes over."""
    async with Inspector(Limits(jobs_per_worker=3), command=HOSTILE) as inspector:
        numbers = [(await inspector.inspect(order("number"), "")).mime for _ in range(6)]
    assert numbers[0] == numbers[1] == numbers[2]
    assert numbers[3] == numbers[4] == numbers[5] != numbers[0]


async def test_closing_ends_the_processes(order: Callable[[str], Path]) -> None:
    """Nothing of the inspection outlives the bridge that started it."""
    async with Inspector(Limits(), command=HOSTILE) as inspector:
        number = int((await inspector.inspect(order("number"), "")).mime)
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


async def test_a_decoder_sees_nothing_of_ours(
    order: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No secret of the bridge's environment reaches the process, and it does not start in our directory."""
    monkeypatch.setenv("TUDANG_PASSWORD", "secret")
    async with Inspector(Limits(), command=HOSTILE) as inspector:
        found = await inspector.inspect(order("surroundings"), "")
    assert found.mime == "LC_ALL,MALLOC_ARENA_MAX|/"


@LINUX
@pytest.mark.parametrize("attempt", ["network", "program", "fork", "signal", "write", "remove", "overwrite"])
async def test_a_decoder_that_was_taken_over_reaches_nothing(order: Callable[[str], Path], attempt: str) -> None:
    """No network, no program, no other process, no file that it could change."""
    async with Inspector(Limits(), command=HOSTILE) as inspector:
        assert "syscalls" in await inspector.start()
        assert (await inspector.inspect(order(attempt), "")).mime == "PermissionError"


async def test_a_process_that_cannot_start_blames_no_file(honest: Path) -> None:
    """Then there is no verdict at all, and the error says what is wrong."""
    async with Inspector(Limits(), command=("/nonexistent/python",)) as inspector:
        with pytest.raises(InspectorUnavailable, match="No such file"):
            await inspector.inspect(honest, "")
    broken = (sys.executable, "-I", "-c", "raise SystemExit('libjpeg is missing')")
    async with Inspector(Limits(), command=broken) as inspector:
        with pytest.raises(InspectorUnavailable, match="libjpeg is missing"):
            await inspector.inspect(honest, "")


@LINUX
def test_a_killed_bridge_takes_its_decoder_with_it(order: Callable[[str], Path]) -> None:
    """kill -9 of the bridge leaves no process that goes on decoding."""
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from bridge.evidence.inspect import Inspector, worker_command\n"
        "from bridge.model.evidence import Limits\n"
        "async def main():\n"
        "    inspector = Inspector(Limits(), command=worker_command('tests.evidence.hostile_worker'))\n"
        "    print((await inspector.inspect(Path(sys.argv[1]), '')).mime, flush=True)\n"
        "    await inspector.inspect(Path(sys.argv[2]), '')\n"
        "asyncio.run(main())\n"
    )
    house = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(order("number")), str(order("hang"))],
        stdout=subprocess.PIPE,
        cwd=house,
        text=True,
    ) as bridge:
        assert bridge.stdout is not None
        decoder = os.pidfd_open(int(bridge.stdout.readline()))
        bridge.kill()
        ended, _, _ = select.select([decoder], [], [], 30)
        os.close(decoder)
    assert ended
