"""Who wrote a policy or roster: a comment in its last line, put there by ``tudang policy edit``, ``roster edit``.

The line stands in the file itself, so that it takes force, travels and is kept with exactly the text that it is
about. It holds the SHA-256 of everything above it: when somebody changes the file with another tool, the line no
longer fits, and the text has no known author instead of a wrong one. It says who told the command so, no more: who
may write the file may write this line too.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime

from bridge.policy import areas

_LINE = re.compile(
    rb"(?:\A|(?<=\n))# tudang-edit: (?P<at>\S+)"
    rb' (?P<author>"(?:[^"\\\n]|\\.)*") sha256:(?P<sha256>[0-9a-f]{64})\n?\Z'
)

LONGEST = 100
"""Characters of an author's name that are kept."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who wrote a text with our commands, and when (with an offset)."""

    author: str
    at: datetime


def stamped(text: bytes, author: str, at: datetime) -> bytes:
    """The text with the line of its author, in the place of one that it had."""
    body = bare(text)
    if body and not body.endswith(b"\n"):
        body += b"\n"
    name = json.dumps(" ".join(author.split())[:LONGEST])
    line = f"# tudang-edit: {at.isoformat(timespec='seconds')} {name} sha256:{_digest(body)}\n"
    return body + line.encode("ascii")


def bare(text: bytes) -> bytes:
    """The text without such a line, whether or not it fits."""
    text = areas.split(text)[0]
    found = _LINE.search(text)
    return text[: found.start()] if found else text


def stamp_of(text: bytes) -> Stamp | None:
    """Who wrote a text; None when no line says so, or when the text was changed since."""
    text = areas.split(text)[0]
    found = _LINE.search(text)
    if found is None or found["sha256"].decode("ascii") != _digest(text[: found.start()]):
        return None
    try:
        at = datetime.fromisoformat(found["at"].decode("ascii"))
        author = json.loads(found["author"])
    except ValueError:
        return None
    return Stamp(author, at) if at.tzinfo is not None and author.strip() else None


def author_of(text: bytes) -> str:
    """The name of who wrote a text; empty when nobody knows."""
    found = stamp_of(text)
    return found.author if found else ""


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
