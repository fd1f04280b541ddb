"""What is wrong with a file, where, and what to write instead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.policy.texts import one_line, sentence
from bridge.policy.types import Language

Path = tuple[str | int, ...]
"""Keys and list positions from the top of a file to a value."""

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; both count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one file. A warning does not keep the file from coming into force."""

    file: str
    place: Place
    path: Path
    key: str
    """Message key of :mod:`bridge.policy.texts`."""
    values: Values = field(default_factory=dict)
    severity: Literal["error", "warning"] = "error"

    @property
    def line(self) -> int:
        return self.place.line

    @property
    def column(self) -> int:
        return self.place.column

    @property
    def where(self) -> str:
        """The path for people: ``persons[3].identifiers[0].matrix``; empty for the file as a whole."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return one_line(text)

    def sentence(self, lang: Language) -> str:
        """What is wrong and what to write instead."""
        return sentence(self.key, self.values, lang)

    def text(self, lang: Language) -> str:
        """One line, as compilers and editors know it: ``file:line:column: path: sentence``."""
        where = f"{self.where}: " if self.path else ""
        return f"{self.file}:{self.line}:{self.column}: {where}{self.sentence(lang)}"


class Refused(Exception):
    """A configuration that cannot come into force. ``problems`` holds every fault of every file, warnings too."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text("en") for problem in self.problems))


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file, line and column; of several at one place the first found stays first."""
    return tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
