"""Words of an emergency that is happening, as opposed to drills, prevention and good news."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from bridge.forum.tagging.phrases import Hit, Phrases
from bridge.forum.tagging.reading import Reading
from bridge.forum.tagging.text import Token
from bridge.forum.tagging.types import DECISION, DIRECTIVE, REPORT, Utterance
from bridge.forum.tagging.weighing import SUPERIOR, speaks_as
from bridge.model.lexicon import Alarms, Lexicon

_NEGATION_REACH = 4
_NIL_REACH = 2
_SUBJECT_REACH = 3
_IDLE = frozenset({"hoax", "sale", "laugh", "emoji_laugh"})
_BEFORE_A_NIL = frozenset({":", "=", "-", "–"})
_NOUGHT = frozenset({"0", "0%"})


class Emergencies:
    """Finds emergency words. `extra` are words that the policy adds."""

    def __init__(self, lexicon: Lexicon, extra: Sequence[str] = ()) -> None:
        alarms = lexicon.alarms
        soft = lexicon.words["honorifics"] | lexicon.words["particles"]
        words = (*alarms.words, *(word.lower() for word in extra))
        cues = {name: getattr(alarms, name) for name in Alarms.__struct_fields__ if name != "words"}
        self._phrases = Phrases({"alarm": words, **cues}, soft)
        self._first = frozenset(part for word in words for part in word.split()[:1])
        self._tags = frozenset(tag for tag, label in lexicon.hashtags.items() if label == "emergency")

    def tagged(self, tokens: Sequence[Token]) -> tuple[str, ...]:
        """The tags by which somebody says that it is one. They count always."""
        return tuple(token.typed for token in tokens if token.kind == "tag" and token.word[1:] in self._tags)

    def find(self, tokens: Sequence[Token], *, news: bool = False) -> tuple[str, ...]:
        """The emergency words of a text as they were typed, or nothing.

        A word does not count if it is denied ("tidak ada korban", "korban: nihil", "no injuries"), if its own
        sentence speaks of a drill, of prevention, or of what is over, or if it is the subject of a planned event
        ("rapat penanggulangan banjir"). With ``news`` it does not count either where it only names an emergency
        that is known ("korban banjir", "menuju lokasi longsor").
        """
        words = tuple(token.word if token.kind == "word" else "" for token in tokens)
        if self._first.isdisjoint(words):
            return ()
        governing = {"planned", "about"} if news else {"planned"}
        found: list[str] = []
        for start, end in _sentences(tokens):
            hits = self._phrases.find(words[start:end])
            if any(hit.cue == "calm" for hit in hits):
                continue
            told = _told(tokens[start:end], words[start:end], hits, governing)
            found.extend(_typed(tokens, start + hit.start, start + hit.end) for hit in told)
        return tuple(dict.fromkeys(found))


def _told(
    tokens: Sequence[Token], words: Sequence[str], hits: Sequence[Hit], governing: AbstractSet[str]
) -> list[Hit]:
    """Of the words of an emergency in a sentence those that say it happens."""
    denials = [hit for hit in hits if hit.cue == "negation"]
    told: list[Hit] = []
    # A word that another one is about ("korban banjir") hands its own subject on.
    subjects = [hit for hit in hits if hit.cue in governing]
    apart = {hit.start for hit in hits if hit.cue == "apart"}
    for hit in hits:
        if hit.cue != "alarm":
            continue
        if any(_governs(words, subject, hit, apart) for subject in subjects):
            subjects.append(hit)
        elif not _nought(tokens, hit) and not any(_denies(tokens, words, denial, hit) for denial in denials):
            told.append(hit)
    return told


def _sentences(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Where sentences begin and end."""
    ends = [position for position, token in enumerate(tokens) if token.kind == "stop"]
    return list(zip([0, *(end + 1 for end in ends)], [*ends, len(tokens)], strict=True))


def _governs(words: Sequence[str], subject: Hit, alarm: Hit, apart: AbstractSet[int]) -> bool:
    """True if the word is what an event or a help before it is about: close by, and with nothing between them."""
    between = range(subject.end, alarm.start)
    return (
        subject.end <= alarm.start
        and len(between) < _SUBJECT_REACH
        and not any(not words[place] or place in apart for place in between)
    )


def _denies(tokens: Sequence[Token], words: Sequence[str], denial: Hit, alarm: Hit) -> bool:
    """True if a negation stands shortly before the word, or right after it, in the same clause."""
    if denial.end <= alarm.start:
        return alarm.start - denial.end < _NEGATION_REACH and "" not in words[denial.end : alarm.start]
    between = tokens[alarm.end : denial.start]
    return len(between) < _NIL_REACH and all(
        token.kind == "word" or token.word in _BEFORE_A_NIL for token in between
    )


def _nought(tokens: Sequence[Token], alarm: Hit) -> bool:
    """True of "meninggal 0", "casualties: 0"."""
    after = [token for token in tokens[alarm.end : alarm.end + 2] if token.word not in _BEFORE_A_NIL]
    return bool(after) and after[0].word in _NOUGHT


def _typed(tokens: Sequence[Token], start: int, end: int) -> str:
    return " ".join(dict.fromkeys(token.typed for token in tokens[start:end]))


def told_by(utterance: Utterance, label: str, reading: Reading) -> bool:
    """True if such a message can tell of an emergency, whatever else it is.

    What a leader orders, asks, settles or says about one tells of none, nor does an order passed on in his name,
    nor do chain messages, condolences and jokes. A deputy or secretary tells of one with a plain statement.
    """
    marks = reading.marks.keys()
    if label == REPORT:
        return not marks & _IDLE
    if marks & _IDLE or "social" in marks or label in (DIRECTIVE, DECISION):
        return False
    if speaks_as(utterance, reading) != SUPERIOR:
        return True
    return utterance.author_role != "leader" and marks >= {"orders_nothing", "asks_nothing"}
