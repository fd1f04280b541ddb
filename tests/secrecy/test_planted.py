"""The watch over secrets sees what it is there to see: each planted leak, with and without workers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.secrecy import planted
from tests.secrecy.known import Known

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
KINDS = ("access token", "password", "passphrase", "signing seed", "pickle key", "one-time link token", "words")


def run(folder: Path, workers: int) -> tuple[int, str]:
    """pytest on the planted tests in a folder of their own, as the suite runs; its exit code and output."""
    shutil.copy(HERE / "planted.py", folder / "test_leaky.py")
    (folder / "conftest.py").write_text('pytest_plugins = ("tests.secrecy.plugin",)\n')
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    base = folder / "base"
    # Into a file: the output of a process would be looked through as one of this very test. For the same reason,
    # what the planted tests made is removed by another way than those that are watched.
    with (folder / "said.txt").open("wb") as said:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"-n{workers}", "-rEp", "--basetemp", str(base), "."],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=said,
            stderr=said,
            check=False,
        )
    subprocess.run(["rm", "-rf", str(base)], check=True)
    return done.returncode, (folder / "said.txt").read_text(errors="replace")


@pytest.mark.parametrize("workers", [0, 2])
def test_every_planted_leak_is_caught_and_none_is_shown(workers: int, tmp_path: Path) -> None:
    """By the test that made it, with its kind; and what belongs to no test fails the run at its end."""
    code, said = run(tmp_path, workers)
    assert code == pytest.ExitCode.TESTS_FAILED
    names = {name for name in vars(planted) if name.startswith("test_")}
    assert set(re.findall(r"^PASSED .*::(test_\w+)", said, re.MULTILINE)) == names, said
    failed = set(re.findall(r"^ERROR .*::(test_\w+)", said, re.MULTILINE))
    assert failed == {name for name in names if name.startswith("test_leaks_")}, said
    for name in failed:
        (told,) = re.findall(rf"_ ERROR at teardown of {name} _+\n(.*?)\n[_=]{{8}}", said, re.DOTALL)
        kind = next(one for one in KINDS if re.sub(r"[ -]", "_", one) in name)
        assert kind in told, told
    assert re.search(r"SECRET GIVEN AWAY .*homeserver\.log: holds a secret: access token", said)
    known = Known()
    for kind, secret in (("token", planted.TOKEN), ("seed", planted.SEED), ("password", planted.PASSWORD)):
        known.add(kind, secret)
    assert known.in_text(said.encode()) == set()
    assert "syt_" not in repr(known)


def test_identifiers_are_not_words_that_somebody_said() -> None:
    """A message full of identifiers, and a log full of others that happen to share their letters."""
    known = Known()
    known.heard("Sidik 3f39e238d7ca4e3b, jembatan Lapajung sudah selesai dicek pagi ini")
    assert not known.words_in(["request path=/rooms/1f22e777d2ca0e9b status=200"])
    assert known.words_in(['{"level": "info", "event": "jembatan Lapajung sudah selesai dicek"}'])
