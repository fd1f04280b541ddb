"""Words of an emergency that is happening, as opposed to drills, prevention and good news."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.forum.tagging.phrases import Hit, Phrases
from bridge.forum.tagging.reading import Reading
from bridge.forum.tagging.text import Token
from bridge.forum.tagging.types import CHATTER, QUESTION, REPORT, UNSURE
from bridge.forum.tagging.weighing import SUPERIOR
from bridge.model.lexicon import Lexicon

_NEGATION_REACH = 4
_NIL_REACH = 2
_IDLE = frozenset({"hoax", "sale", "laugh", "social", "emoji_laugh"})


class Emergencies:
    """Finds emergency words. `extra` are words that the policy adds."""

    def __init__(self, lexicon: Lexicon, extra: Sequence[str] = ()) -> None:
        alarms = lexicon.alarms
        soft = lexicon.words["honorifics"] | lexicon.words["particles"]
        words = (*alarms.words, *(word.lower() for word in extra))
        self._phrases = Phrases({"alarm": words, "calm": alarms.calm, "negation": alarms.negation}, soft)
        self._first = frozenset(part for word in words for part in word.split()[:1])
        self._tags = frozenset(tag for tag, label in lexicon.hashtags.items() if label == "emergency")

    def find(self, tokens: Sequence[Token]) -> tuple[str, ...]:
        """The emergency words of a text as they were typed, or nothing.

        A word does not count if it is denied ("tidak ada korban", "korban nihil", "no injuries"), or if its own
        sentence speaks of a drill, of prevention, or of what is over. A tag counts always.
        """
        tagged = tuple(token.typed for token in tokens if token.kind == "tag" and token.word[1:] in self._tags)
        if tagged:
            return tagged
        words = tuple(token.word if token.kind == "word" else "" for token in tokens)
        if self._first.isdisjoint(words):
            return ()
        found: list[str] = []
        for start, end in _sentences(tokens):
            hits = self._phrases.find(words[start:end])
            if any(hit.cue == "calm" for hit in hits):
                continue
            denials = [hit for hit in hits if hit.cue == "negation"]
            found.extend(
                _typed(tokens, start + hit.start, start + hit.end)
                for hit in hits
                if hit.cue == "alarm" and not any(_denies(words[start:end], denial, hit) for denial in denials)
            )
        return tuple(dict.fromkeys(found))


def _sentences(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Where sentences begin and end."""
    ends = [position for position, token in enumerate(tokens) if token.kind == "stop"]
    return list(zip([0, *(end + 1 for end in ends)], [*ends, len(tokens)], strict=True))


def _denies(words: Sequence[str], denial: Hit, alarm: Hit) -> bool:
    """True if a negation stands shortly before the word, or right after it, in the same clause."""
    if denial.end <= alarm.start:
        return alarm.start - denial.end < _NEGATION_REACH and "" not in words[denial.end : alarm.start]
    return denial.start - alarm.end < _NIL_REACH and "" not in words[alarm.end : denial.start]


def _typed(tokens: Sequence[Token], start: int, end: int) -> str:
    return " ".join(dict.fromkeys(token.typed for token in tokens[start:end]))


def told_by(who: str, label: str, reading: Reading) -> bool:
    """True if such a message can tell of an emergency.

    A leader's order, question or decision tells of none, nor do chain messages, condolences and jokes.
    """
    if reading.marks.keys() & _IDLE:
        return False
    return label == REPORT or (who != SUPERIOR and label in (QUESTION, CHATTER, UNSURE))
