"""The tables of the last measures, and their plot, put into the README between two marks."""

from __future__ import annotations

import shutil
from pathlib import Path

from bridge.rehearsal.bench import tables

BEGIN, END = "<!-- measured by scripts/bench -->", "<!-- end of what was measured -->"
EVIDENCE = "<!-- measured by scripts/bench evidence -->", "<!-- end of what was measured of evidence -->"
PLOT = Path("bridge/rehearsal/shots/backlog.svg")
TITLES = {
    "replay": "A replay of 20,000 messages to the tag, beside a bare matrix-nio bot",
    "latency": "From a message sent to its tag seen on a real Synapse, beside a bare client that only echoes",
    "backlog": "Catching up after a long absence",
    "scale": "What a message costs as the record grows",
    "moderation": "Membership and moderation of a large forum",
    "start": "A start on a long record",
    "export": "A large week, exported and verified",
}


class NoPlace(Exception):
    """The README has no marks to put the tables between."""


def publish(folder: Path, root: Path) -> None:
    """Replace what stands between the marks of `README.md` by the tables kept in ``folder``, and copy the plot."""
    parts = [f"Measured on {tables.machine()}."]
    parts += [
        f"**{title}**\n\n{(folder / f'{name}.md').read_text(encoding='utf-8').strip()}"
        for name, title in TITLES.items()
        if (folder / f"{name}.md").exists()
    ]
    if (folder / "backlog.svg").exists():
        shutil.copyfile(folder / "backlog.svg", root / PLOT)
        parts.append(f"![memory and tags while catching up]({PLOT})")
    _between(root / "README.md", (BEGIN, END), "\n\n".join(parts))


def publish_evidence(folder: Path, root: Path) -> None:
    """The same for the tables of the checks of pictures, between marks of their own."""
    _between(root / "README.md", EVIDENCE, (folder / "evidence.md").read_text(encoding="utf-8").strip())


def _between(path: Path, marks: tuple[str, str], body: str) -> None:
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not begin or not end:
        raise NoPlace(f"{path} has no place for tables: write {marks[0]} and {marks[1]} there.")
    path.write_text(f"{before}{begin}\n\n{body}\n\n{end}{after}", encoding="utf-8")
