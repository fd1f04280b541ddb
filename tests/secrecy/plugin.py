"""Every test is a test of DESIGN's P7, too: no secret in logs, errors, exports and backups (see README.md).

A test that gives one away fails, with the place and the kind of secret and never the secret. What belongs to no
test (the log of the session's homeserver) is looked through at the end, and fails the run. Under pytest-xdist each
worker looks through what its own tests made, and the controller fails the run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.secrecy import surfaces
from tests.secrecy.known import Known
from tests.secrecy.watching import watch

KEY = "secrecy"


class Secrecy:
    """Knows the session's secrets and looks for them wherever they must not be."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.known = Known()
        self.leaks: list[str] = []
        self.looked = {"outputs": 0, "files": 0}
        self._said: list[tuple[str, str]] = []
        self._seen: set[tuple[str, int, int]] = set()
        self._temporary = (Path(tempfile.gettempdir()).resolve(), Path("/dev/shm"))

    def start(self) -> None:
        """From here on everything is seen."""
        watch(self.known, lambda where, text: self._said.append((where, text)), self._before_removal)

    # Looking

    def _before_removal(self, folder: Path) -> None:
        """Nothing disappears before it was looked through."""
        if any(folder.resolve().is_relative_to(place) for place in self._temporary):
            self.look_at(folder)

    def look_at(self, folder: Path) -> None:
        """Look through the logs and the files that people are given under a folder."""
        surfaces.learn(folder, self.known)
        for path in surfaces.walk(folder):
            if not (surfaces.is_log(path) or surfaces.is_given(path)):
                continue
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            version = (str(path), status.st_size, status.st_mtime_ns)
            if version in self._seen:
                continue
            self._seen.add(version)
            self.looked["files"] += 1
            for kind in sorted(surfaces.leaks_of_file(path, self.known)):
                self.leaks.append(f"{path}: {_named(kind)}")

    def look_through(self, where: str, text: str, *, log: bool = False) -> None:
        """Look through something that was put out; ``log``: all of it are log lines."""
        self.looked["outputs"] += 1
        for kind in sorted(self.known.in_text(text.encode("utf-8", "replace"))):
            self.leaks.append(f"{where}: {_named(kind)}")
        if self.known.words_in(text.splitlines() if log else surfaces.log_lines(text)):
            self.leaks.append(f"{where}: {_named('words of a message')}")

    def taken(self) -> list[str]:
        """What was found since the last call."""
        found, self.leaks = list(dict.fromkeys(self.leaks)), []
        return found

    # pytest's hooks

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """After a test's teardown: all that it put out, and its folder."""
        report: Any = yield
        if report.when != "teardown":
            return report
        for title, text in report.sections:
            self.look_through(title, text, log="stderr" in title or "log" in title)
        said, self._said = self._said, []
        for where, text in said:
            self.look_through(where, text)
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        if isinstance(folder, Path):
            self.look_at(folder)
        found = self.taken()
        if found and report.outcome == "passed":
            report.outcome = "failed"
            report.longrepr = "\n".join(["Secrets were given away (tests/secrecy):", *found])
            # pytest would show what the test put out, and with it the secret.
            report.sections = []
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """What belongs to no single test: folders of the session's fixtures."""
        output = getattr(self._config, "workeroutput", None)
        factory = getattr(self._config, "_tmp_path_factory", None)
        if factory is not None and (output is not None or not _controls(self._config)):
            self.look_at(factory.getbasetemp())
        if output is not None:
            output[KEY] = {"leaks": self.taken(), "looked": self.looked, "counts": self.known.counts}
        elif self.leaks:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker has ended: what it found is the run's."""
        told = getattr(node, "workeroutput", {}).get(KEY)
        if told is None:
            return
        self.leaks += told["leaks"]
        for name, number in told["looked"].items():
            self.looked[name] += number
        for kind, number in told["counts"].items():
            self.known.counts[kind] = self.known.counts.get(kind, 0) + number

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What was looked for and where; and what was found outside of tests."""
        secrets = ", ".join(f"{number} × {kind}" for kind, number in sorted(self.known.counts.items()))
        looked = f"{self.looked['outputs']} outputs and {self.looked['files']} files"
        terminalreporter.write_line(f"secrecy: {looked} looked through for {secrets or 'nothing'}")
        for leak in self.taken():
            terminalreporter.write_line(f"SECRET GIVEN AWAY  {leak}", red=True)


def _named(kind: str) -> str:
    return f"holds {'' if kind.startswith('words') else 'a secret: '}{kind}"


def _controls(config: pytest.Config) -> bool:
    """Whether this process only spreads tests over workers."""
    return bool(getattr(config.option, "numprocesses", None)) and not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Begin before any test, and in every worker."""
    secrecy = Secrecy(config)
    if not _controls(config):
        secrecy.start()
    config.pluginmanager.register(secrecy, KEY)
