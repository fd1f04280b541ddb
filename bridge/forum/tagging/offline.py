"""Judges messages from a file, for `tudang classify FILE.jsonl`: no homeserver, no roster, no state.

A line of input is an object with `id`, `author_role`, `text`, `media` and `reply_to` (null, or an object with
`author_role`, `label`, `text`); other members are ignored. A line of output is
`{"id", "label", "confidence", "why"}`; of a line that cannot be read it is `{"line", "error"}`, with its number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import msgspec

from bridge.forum.tagging.tagger import Tagger
from bridge.forum.tagging.types import MEDIA, ROLES, Answered, Utterance
from bridge.model.lexicon import LABELS, Lexicon

_LABELS = frozenset((*LABELS, "unsure"))
_MEDIA = MEDIA | {"document"}


class _Line(msgspec.Struct, frozen=True):
    id: str | int
    author_role: str
    text: str | None = ""
    media: str | None = "none"
    reply_to: Answered | None = None


def classify_file(lines: Iterable[str | bytes], lexicon: Lexicon) -> Iterator[str]:
    """One line of output for every line of input that is not blank, in the same order, without line ends.

    Never raises because of a line: a bad one yields an error line and the rest goes on.
    """
    tagger = Tagger(lexicon)
    decoder = msgspec.json.Decoder(_Line)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            message = decoder.decode(line)
            fault = _fault(message)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            fault = str(error)
        if fault:
            yield json.dumps({"line": number, "error": f"line {number}: {fault}"}, ensure_ascii=False)
            continue
        judgement = tagger.classify(
            Utterance(message.text or "", message.author_role, message.media or "none", message.reply_to)
        )
        answer = {
            "id": message.id,
            "label": judgement.label,
            "confidence": judgement.confidence,
            "why": judgement.why,
        }
        yield json.dumps(answer, ensure_ascii=False)


def _fault(message: _Line) -> str:
    """What is wrong with a line that has the right shape, or an empty text."""
    if message.author_role not in ROLES:
        return f"author_role is {message.author_role!r}; it must be one of {', '.join(sorted(ROLES))}"
    if message.media not in _MEDIA and message.media is not None:
        return f"media is {message.media!r}; it must be one of {', '.join(sorted(_MEDIA))}"
    if message.reply_to is not None and message.reply_to.label not in _LABELS:
        return f"reply_to.label is {message.reply_to.label!r}; it must be one of {', '.join(sorted(_LABELS))}"
    return ""
