"""The sentences by which a meeting is led, found in a message; pure, with word lists for all it knows.

A sentence counts only as a whole: lead-ins, the words themselves, fillers, and perhaps what it is about. A time, a
negation, a question or anything else in it makes it talk, so that "besok rapat dibuka jam 9" opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

import msgspec
from msgspec.structs import replace

from bridge.model.speech import MeetingWords

LONGEST = 4000
SENTENCES = 8
"""A message is looked at so far, and so many of its sentences."""

ITEMS, ITEM = 20, 200
"""Items of an agenda, and how long one may be."""

TOPIC = 200

FEW = 6
"""Words after "silakan": in more of them something else is said as well."""

Kind = Literal["", "open", "close", "agenda", "onwards", "hand", "present", "excused", "give"]

_END = re.compile(r"([.!?\n;:]+)")
_LISTED = re.compile(r"(?:^|\s)(?:\d{1,2}[.)]|[-•*])\s+")
_QUOTED = re.compile(r"^>.*$", re.MULTILINE)


class Heard(msgspec.Struct, frozen=True):
    """What a message says about its meeting."""

    kind: Kind = ""
    about: str = ""
    """What is opened is about; who stands in; to whom the floor is given."""
    agenda: tuple[str, ...] = ()
    item: int = 0
    """Of `onwards`: the number that was said; 0 for the next one."""
    only: bool = False
    """It says nothing else, so that it is no order and no report either."""


NOTHING = Heard()

LEADING = ("open", "close", "agenda", "onwards", "give")
"""What only those do who may lead a meeting."""


@lru_cache(maxsize=256)
def hear(text: str, languages: tuple[MeetingWords, ...], *, mentions: bool = False) -> Heard:
    """What a message says; in the first language in which it says anything. ``mentions``: it mentions somebody.

    Kept for a moment: it is asked of a message before its situation is gathered, and again with it.
    """
    plain = _QUOTED.sub("", text[:LONGEST]).strip()
    if not plain:
        return NOTHING
    for words in languages:
        found = _hear(plain, words, mentions)
        if found.kind:
            return found
    return NOTHING


def _hear(text: str, words: MeetingWords, mentions: bool) -> Heard:
    head, agenda = _agenda(text, words)
    sentences = _sentences(head)[:SENTENCES]
    before = ""
    plain = [_rest(sentence, 0, words, about=False) == "" for sentence, _ in sentences]
    for place, (sentence, end) in enumerate(sentences):
        # What a colon leads in is told, and not done: "Izin melaporkan: rapat dibuka".
        told, before = ":" in before or "?" in end, end
        if told or not any(name in sentence.casefold() for name in words.meeting):
            continue
        following = sentences[place + 1][0] if place + 1 < len(sentences) and ":" in end else ""
        others = [*plain[:place], *plain[place + (2 if following else 1) :]]
        about = _said(sentence, _openings(words), words)
        if about is not None:
            return Heard("open", (about or following).strip()[:TOPIC], agenda, only=all(others))
        if _said(sentence, _closings(words), words) == "":
            return Heard("close", only=all(others) and not agenda)
    if agenda:
        return Heard("agenda", "", agenda, only=all(plain))
    if not sentences or len(sentences) > 3:
        return NOTHING
    one = _by_one(sentences[0][0], text, words, mentions)
    return replace(one, only=all(plain[1:]) and one.kind != "present" and len(one.about.split()) <= FEW)


def _by_one(sentence: str, text: str, words: MeetingWords, mentions: bool) -> Heard:
    """What one person's short message says: a hand, a check-in, an excuse, the next item, or whose turn it is."""
    item = _onwards(sentence, words)
    if item is not None:
        return Heard("onwards", item=item)
    excused = _excused(text, words)
    if excused is not None:
        return Heard("excused", excused)
    if "?" in text and _said(sentence, words.hand, words) is None:
        return NOTHING
    if _said(sentence, words.hand, words) is not None:
        return Heard("hand")
    if _present(sentence, words):
        return Heard("present")
    to = _given(sentence, words, mentions)
    return Heard("give", to) if to is not None else NOTHING


def _sentences(text: str) -> list[tuple[str, str]]:
    """(a sentence, what ends it)."""
    parts = _END.split(text)
    found = []
    for place in range(0, len(parts), 2):
        sentence = " ".join(parts[place].replace(",", " ").split())
        if sentence:
            found.append((sentence, parts[place + 1] if place + 1 < len(parts) else ""))
    return found


def _agenda(text: str, words: MeetingWords) -> tuple[str, tuple[str, ...]]:
    """(what stands before it, the items) of a list after the word for an agenda and a colon or a new line."""
    found = _leads_in_agenda(words.agenda).search(text)
    if found is None:
        return text, ()
    return text[: found.start()].rstrip(" ,"), items_of(text[found.end() :])


@lru_cache(maxsize=8)
def _leads_in_agenda(agenda: tuple[str, ...]) -> re.Pattern[str]:
    named = "|".join(re.escape(word) for word in _longest(agenda))
    return re.compile(rf"(?:^|[\n.;,!]|\s)\s*({named})\s*(?::|\n)\s*", re.IGNORECASE)


def items_of(text: str) -> tuple[str, ...]:
    """The items of a list: numbered, with dashes, one a line, or with semicolons between them."""
    pieces = _LISTED.split(text) if _LISTED.search(text) else re.split(r"[\n;]", text)
    items = (" ".join(piece.split()).strip(" ,.;") for piece in pieces)
    return tuple(item[:ITEM] for item in items if item)[:ITEMS]


@lru_cache(maxsize=8)
def _openings(words: MeetingWords) -> tuple[str, ...]:
    return _turns(words.meeting, words.opened, words.opens)


@lru_cache(maxsize=8)
def _closings(words: MeetingWords) -> tuple[str, ...]:
    return _turns(words.meeting, words.closed, words.closes)


def _turns(named: Iterable[str], after: Iterable[str], before: Iterable[str]) -> tuple[str, ...]:
    """Everything that opens a meeting, or closes one: what it is called, with a word after it or before it."""
    names = tuple(named)
    return (*(f"{name} {verb}" for name in names for verb in after), *(f"{v} {n}" for n in names for v in before))


def _said(sentence: str, phrases: tuple[str, ...], words: MeetingWords) -> str | None:
    """What follows one of these phrases after a word of `about`; empty when nothing does, None: it is not said."""
    folded = sentence.casefold()
    starts = {0, *_after_lead_in(folded, words.lead_in)}
    for phrase in _longest(phrases):
        for start in starts:
            if folded[start:] == phrase:
                return ""
            if folded.startswith(f"{phrase} ", start):
                left = _rest(sentence, start + len(phrase) + 1, words)
                if left is not None:
                    return left
    return None


def _after_lead_in(folded: str, lead_in: tuple[str, ...]) -> list[int]:
    """Where a sentence may begin once any number of lead-ins is left out."""
    ordered = _longest(lead_in)
    starts, here = [], 0
    while (word := next((word for word in ordered if folded.startswith(f"{word} ", here)), None)) is not None:
        here += len(word) + 1
        starts.append(here)
    return starts


def _rest(sentence: str, start: int, words: MeetingWords, *, about: bool = True) -> str | None:
    """What a sentence is about after fillers; None when something else follows."""
    folded = sentence.casefold()
    joints = _longest(words.about) if about else ()
    fillers = _longest((*words.filler, *words.lead_in))
    while start < len(folded):
        joint = next((word for word in joints if folded.startswith(f"{word} ", start)), None)
        if joint is not None:
            return sentence[start + len(joint) + 1 :]
        word = next((w for w in fillers if folded[start:] == w or folded.startswith(f"{w} ", start)), None)
        if word is None:
            return None
        start += len(word) + 1
    return ""


def _onwards(sentence: str, words: MeetingWords) -> int | None:
    """The item that is gone on to; 0 for the next, None when nothing is."""
    folded = sentence.casefold()
    for start in (0, *_after_lead_in(folded, words.lead_in)):
        for phrase in _longest(words.onwards):
            if not (folded[start:] == phrase or folded.startswith(f"{phrase} ", start)):
                continue
            left = folded[start + len(phrase) :].removeprefix(" ke").removeprefix(" nomor").strip()
            if not left:
                return 0
            word = left.split(" ")[0].removeprefix("ke-").strip("()")
            if word.isdecimal() and len(word) <= 2:
                return int(word)
            return words.ordinals.index(word) + 1 if word in words.ordinals else None
    return None


def _present(sentence: str, words: MeetingWords) -> bool:
    """Somebody says that they are here, or that a unit is: "hadir pak", "DLH hadir"."""
    if _said(sentence, words.present, words) is not None:
        return True
    said = sentence.casefold().split()
    short = 2 <= len(said) <= 4 and said[-1] in words.present
    return short and not set(said) & {*words.not_present}


def _excused(text: str, words: MeetingWords) -> str | None:
    """Who stands in for somebody who excuses himself; empty when nobody is named, None when nobody is excused."""
    line = " ".join(text.replace(",", " ").split())
    folded = line.casefold()
    if "?" in folded:
        return None
    stands_in = _find(folded, words.stands_in)
    for start in (0, *_after_lead_in(folded, words.lead_in)):
        for phrase in _longest(words.excused):
            if folded[start:] == phrase or folded.startswith((f"{phrase} ", f"{phrase}."), start):
                if stands_in is not None:
                    return line[stands_in:].split(".")[0].strip()[:TOPIC]
                # "izin" alone begins many a sentence.
                if " " in phrase:
                    return ""
    return None


def _find(folded: str, phrases: tuple[str, ...]) -> int | None:
    """Where what follows one of these phrases begins."""
    for phrase in _longest(phrases):
        if phrase not in folded:
            continue
        found = re.search(rf"(?:^|\s){re.escape(phrase)}\s+(?=\S)", folded)
        if found is not None:
            return found.end()
    return None


def _given(sentence: str, words: MeetingWords, mentions: bool) -> str | None:
    """To whom the floor is given, as it was said; None when it is not."""
    folded = sentence.casefold()
    for start in (0, *_after_lead_in(folded, words.lead_in)):
        for phrase in _longest(words.give):
            if not folded.startswith(f"{phrase} ", start):
                continue
            to = sentence[start + len(phrase) + 1 :]
            first = to.casefold().split(" ")[0].split("/")[0].strip(".:")
            if first in words.titles or (mentions and len(to.split()) <= 6) or to.startswith("@"):
                return to
    return None


@lru_cache(maxsize=256)
def _longest(phrases: tuple[str, ...]) -> tuple[str, ...]:
    """The same in small letters, the longest first: "rapat koordinasi" before "rapat"."""
    return tuple(sorted((phrase.casefold() for phrase in phrases), key=len, reverse=True))
