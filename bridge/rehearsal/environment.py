"""Python environments made from lock files with hashes, and remade only when a lock file changed.

Only the standard library is used, so that ``scripts/`` can run this file before anything is installed::

    python3 bridge/rehearsal/environment.py DIRECTORY LOCK [LOCK ...] [--project DIRECTORY]
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

Progress = Callable[[str], None]

STAMP = ".made-from"
PROJECT_STAMP = ".project"
QUIET_SECONDS = 4.0
_PACKAGE = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)


class EnvironmentFailed(Exception):
    """An environment could not be made; the message ends with what the installer said last."""


def interpreter(root: Path) -> Path:
    """The Python of the environment in ``root``."""
    return root / "bin" / "python"


def outer_python() -> Path:
    """The Python that the running environment was made from (or the running one): it has pip."""
    return Path(getattr(sys, "_base_executable", sys.executable))


def is_current(root: Path, locks: Sequence[Path]) -> bool:
    """Whether ``root`` was completely made from exactly these lock files, and its Python still exists."""
    try:
        stamp = (root / STAMP).read_text()
    except FileNotFoundError:
        return False
    return stamp == fingerprint(locks) and interpreter(root).exists()


def is_ready(root: Path, locks: Sequence[Path], project: Path | None = None) -> bool:
    """Whether there is nothing to do for :func:`ensure_environment` with these arguments."""
    return is_current(root, locks) and _holds(root, project)


def fingerprint(locks: Sequence[Path]) -> str:
    """SHA-256 over the contents of the lock files, in the order given."""
    digest = hashlib.sha256()
    for lock in locks:
        digest.update(hashlib.sha256(lock.read_bytes()).digest())
    return digest.hexdigest() + "\n"


def ensure_environment(
    root: Path,
    locks: Sequence[Path],
    python: Path,
    *,
    project: Path | None = None,
    progress: Progress = print,
) -> Path:
    """Make the environment ``root`` from ``locks`` unless it is current; return its Python.

    Every package is checked against the hashes of the lock files (pip's ``--require-hashes``). With ``project``,
    that source tree is installed editable on top, without dependencies and without build isolation. ``progress``
    gets a line at least every few seconds. Blocks; two processes asking for one ``root`` wait for one another.

    Raises :class:`EnvironmentFailed`.
    """
    if is_ready(root, locks, project):
        return interpreter(root)
    with _only_one(root):
        if not is_current(root, locks):
            _install_locks(root, locks, python, progress)
        if project is not None and not _holds(root, project):
            _install_project(root, project, python, progress)
    return interpreter(root)


def _install_locks(root: Path, locks: Sequence[Path], python: Path, progress: Progress) -> None:
    wanted = {name for lock in locks for name in _PACKAGE.findall(lock.read_text())}
    progress(f"Making {root}: {len(wanted)} pinned packages, a minute or two, longer on a slow line")
    try:
        _run([str(python), "-m", "venv", "--clear", str(root)], progress, what=f"create {root}")
    except EnvironmentFailed:
        # Debian ships ensurepip separately; then the pip outside installs into the environment.
        _run([str(python), "-m", "venv", "--clear", "--without-pip", str(root)], progress, what=f"create {root}")
    arguments = [argument for lock in locks for argument in ("-r", str(lock))]
    _run(
        [*_pip_install(root, python), "--require-hashes", *arguments],
        progress,
        what=f"install {' and '.join(lock.name for lock in locks)}",
    )
    (root / STAMP).write_text(fingerprint(locks))
    progress(f"Made {root}")


def _install_project(root: Path, project: Path, python: Path, progress: Progress) -> None:
    _run(
        [*_pip_install(root, python), "--no-deps", "--no-build-isolation", "-e", str(project)],
        progress,
        what=f"install the project in {project}",
    )
    (root / PROJECT_STAMP).write_text(_project_fingerprint(project))


def _holds(root: Path, project: Path | None) -> bool:
    if project is None:
        return True
    try:
        return (root / PROJECT_STAMP).read_text() == _project_fingerprint(project)
    except FileNotFoundError:
        return False


def _project_fingerprint(project: Path) -> str:
    described = (project / "pyproject.toml").read_bytes()
    return f"{project.resolve()} {hashlib.sha256(described).hexdigest()}\n"


def _pip_install(root: Path, python: Path) -> list[str]:
    pip = [str(interpreter(root)), "-m", "pip"]
    if not (root / "bin" / "pip").exists():
        pip = [str(python), "-m", "pip", "--python", str(interpreter(root))]
    return [*pip, "--no-input", "--disable-pip-version-check", "install", "--progress-bar", "off"]


def _run(command: Sequence[str], progress: Progress, *, what: str) -> None:
    lines: queue.Queue[str | None] = queue.Queue()
    tail: list[str] = []
    started = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        packages = 0
        while True:
            try:
                line = lines.get(timeout=QUIET_SECONDS)
            except queue.Empty:
                progress(f"  ... {what}: {time.monotonic() - started:.0f} s")
                continue
            if line is None:
                break
            tail = [*tail[-19:], line]
            if line.startswith("Collecting "):
                packages += 1
                progress(f"  {packages}. {line.split()[1]}")
            elif line.startswith("Installing "):
                progress("  unpacking ...")
        reader.join()
    if process.returncode != 0:
        raise EnvironmentFailed(f"Could not {what}:\n" + "\n".join(tail))


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    if process.stdout is not None:
        for line in process.stdout:
            lines.put(line.rstrip())
    lines.put(None)


@contextlib.contextmanager
def _only_one(root: Path) -> Iterator[None]:
    root.parent.mkdir(parents=True, exist_ok=True)
    with (root.parent / f".{root.name.lstrip('.')}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line named in the module's docstring; prints the environment's Python last."""
    parser = argparse.ArgumentParser(description="Make a Python environment from lock files with hashes.")
    parser.add_argument("root", type=Path)
    parser.add_argument("locks", type=Path, nargs="+")
    parser.add_argument("--project", type=Path)
    chosen = parser.parse_args(arguments)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        ensure_environment(chosen.root, chosen.locks, outer_python(), project=chosen.project, progress=say)
    except EnvironmentFailed as failure:
        say(str(failure))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
