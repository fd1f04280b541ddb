"""Words of an emergency that is happening, as opposed to drills, prevention and good news."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.forum.tagging.phrases import Phrases
from bridge.forum.tagging.reading import Reading
from bridge.forum.tagging.text import Normaliser, Token
from bridge.model.lexicon import Lexicon

_NEGATION_REACH = 4
_NIL_REACH = 2


class Emergencies:
    """Finds emergency words. `extra` are words that the policy adds."""

    def __init__(self, lexicon: Lexicon, normaliser: Normaliser, extra: Sequence[str] = ()) -> None:
        alarms = lexicon.alarms
        soft = lexicon.words["honorifics"] | lexicon.words["particles"]
        self._normaliser = normaliser
        self._phrases = Phrases(
            {
                "alarm": (*alarms.words, *(word.lower() for word in extra)),
                "calm": alarms.calm,
                "negation": alarms.negation,
            },
            soft,
        )
        self._tags = frozenset(tag for tag, label in lexicon.hashtags.items() if label == "emergency")

    def find(self, text: str) -> tuple[str, ...]:
        """The emergency words of a text as they were typed, or nothing.

        A word does not count if it is denied ("tidak ada korban", "korban nihil", "no injuries"). If anything in
        the text says that this is a drill, prevention, or over, only a tag makes it an emergency.
        """
        _, tokens = self._normaliser.tokens(text)
        tagged = tuple(token.typed for token in tokens if token.kind == "tag" and token.word[1:] in self._tags)
        if tagged:
            return tagged
        words = tuple(token.word if token.kind == "word" else "" for token in tokens)
        hits = self._phrases.find(words)
        alarms = [hit for hit in hits if hit.cue == "alarm"]
        if not alarms or any(hit.cue == "calm" for hit in hits):
            return ()
        denials = [hit for hit in hits if hit.cue == "negation"]
        return tuple(
            dict.fromkeys(
                _typed(tokens, hit.start, hit.end)
                for hit in alarms
                if not any(_denies(words, denial.start, denial.end, hit.start, hit.end) for denial in denials)
            )
        )


def _denies(words: Sequence[str], no_start: int, no_end: int, start: int, end: int) -> bool:
    """True if a negation stands shortly before the word, or right after it, in the same clause."""
    if no_end <= start:
        return start - no_end < _NEGATION_REACH and "" not in words[no_end:start]
    return no_start >= end and no_start - end < _NIL_REACH and "" not in words[end:no_start]


def _typed(tokens: Sequence[Token], start: int, end: int) -> str:
    return " ".join(dict.fromkeys(token.typed for token in tokens[start:end]))


def told_by(reading: Reading, label: str) -> bool:
    """True if a message of this kind can tell of an emergency: chain messages, talk and orders do not."""
    return label in ("report", "question", "unsure") and not reading.marks.keys() & {"hoax", "sale", "laugh"}
