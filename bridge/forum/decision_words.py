"""Reading decisions: bare consent, what it ends or replaces, and from when it counts. Pure, by word lists.

"ACC" says nothing by itself, "keputusan kemarin dibatalkan" names a decision by its day, "K-5 menggantikan K-3"
two by their numbers; and of a message that is consented to, whether it waits for a decision at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Literal

import msgspec

from bridge.forum.book import Book
from bridge.model.clock import milliseconds
from bridge.model.numbered import numbers_in
from bridge.model.speech import DecisionWords

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?(?:-\d+)?")
_FAR = timedelta(days=8)
"""Words without a figure ("next month") name a day no further away than this; beyond it they are kept as said."""


class Force(msgspec.Struct, frozen=True):
    """From when a decision counts: the time in ms, if the words tell it, and the words."""

    at: int | None
    phrase: str


class DecisionText(msgspec.Struct, frozen=True, kw_only=True):
    """What the text of a message says as a decision."""

    bare: bool = False
    """It consents or chooses, and does not say to what."""
    settles: bool = False
    """Bare, with a word that is never mere politeness ("setuju", not "oke")."""
    permits: bool = False
    """Bare, with a word that permits or chooses ("boleh", "yang kedua", not "ya")."""
    newer: str | None = None
    """The number that takes the place of ``ended``; None: the message itself does."""
    ended: tuple[str, ...] = ()
    """Numbers of decisions that end by it."""
    replaces: bool = False
    """What ends is replaced, not only revoked."""
    revokes: bool = False
    """It has a word for revoking, whatever that is about."""
    day: int | None = None
    """The decision that ends is named by its day: how many days ago."""
    numbers: tuple[str, ...] = ()
    """All decisions that it names."""


def read(text: str, book: Book) -> DecisionText:
    """What a text says of decisions."""
    words = book.decision_words
    said = [found[0].casefold().replace("’", "'") for found in _WORD.finditer(text)]
    numbers = tuple(numbers_in(text, frozenset({book.policy.letters.decision})))
    bare = bool(said) and not numbers and _bare(said, words)
    by = _place(said, words.replaced, words)
    over = None if by is not None else _place(said, words.replace, words)
    ending = _place(said, words.revoke, words)
    placed = [(place, number) for place, word in enumerate(said) for number in _number_at(word, said, place, book)]
    if by is not None and numbers:
        before = tuple(number for place, number in placed if place < by)
        after = [number for place, number in placed if place > by]
        return DecisionText(newer=after[0] if after else None, ended=before, replaces=True, numbers=numbers)
    if over is not None and numbers:
        before = tuple(number for place, number in placed if place < over)
        after = [number for place, number in placed if place > over]
        newer = before[-1] if before else None
        return DecisionText(newer=newer, ended=tuple(after), replaces=True, numbers=numbers)
    if ending is None:
        settles, permits = (not known.isdisjoint(said) for known in (words.settles, words.permits))
        return DecisionText(bare=bare, settles=bare and settles, permits=bare and permits, numbers=numbers)
    day = None if numbers or not words.decision & set(said) else _day(said, words)
    return DecisionText(ended=numbers, revokes=True, day=day, numbers=numbers)


def _bare(said: Sequence[str], words: DecisionWords) -> bool:
    known = words.assent | words.filler
    return any(word in words.assent for word in said) and all(word in known or word.isdecimal() for word in said)


def _place(said: Sequence[str], phrases: Iterable[str], words: DecisionWords) -> int | None:
    """Where the first of the phrases stands that is not denied."""
    places: list[int] = []
    known = set(said)
    for phrase in phrases:
        parts = phrase.split(" ")
        if not known.issuperset(parts):
            continue
        places += [
            place
            for place in range(len(said) - len(parts) + 1)
            if said[place : place + len(parts)] == parts and not (place and said[place - 1] in words.negation)
        ]
    return min(places, default=None)


def _number_at(word: str, said: Sequence[str], place: int, book: Book) -> Sequence[str]:
    """The number that begins at a word: `k-3` and `k3` are one word, `k 3` are two."""
    letter = frozenset({book.policy.letters.decision})
    if found := numbers_in(word, letter):
        return found
    following = said[place + 1] if place + 1 < len(said) else ""
    return numbers_in(f"{word} {following}", letter) if following.isdecimal() else ()


def _day(said: Sequence[str], words: DecisionWords) -> int | None:
    """How many days ago; the longest phrase counts ("kemarin dulu" is not "kemarin")."""
    text = f" {' '.join(said)} "
    found = [(len(phrase), day.ago) for day in words.days for phrase in day.words if f" {phrase} " in text]
    return max(found)[1] if found else None


def force(text: str, at: int, book: Book) -> Force | None:
    """From when a decision counts ("berlaku mulai 1 Desember"); None where it does not say."""
    folded = text.casefold()
    places = [
        found.end()
        for phrase in book.decision_words.in_force
        for found in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", folded)
    ]
    for place in sorted(set(places), reverse=True):
        rest = text[place : place + 80].split("\n")[0]
        for reader in book.due_readers:
            found = reader.find(rest, book.local(at), book.policy.forum.zone)
            if found is None:
                continue
            begins = found.at
            if (begins.hour, begins.minute) == (23, 59):
                begins = begins.replace(hour=0, minute=0)
            vague = not any(sign.isdecimal() for sign in found.phrase) and abs(begins - book.local(at)) > _FAR
            known = found.certain and not vague
            return Force(milliseconds(begins) if known else None, found.phrase)
    return None


Awaits = Literal["yes", "perhaps", "no"]


def awaits(text: str, label: str, book: Book) -> Awaits:
    """Whether a message waits for a decision: it proposes, asks for leave or for a choice.

    "Perhaps" is a question of which the words do not tell whether the answer settles something ("rapat jadi
    besok?"); one that only asks how something stands ("sudah di lokasi?") waits for none.
    """
    words, folded = book.decision_words, text.casefold().replace("’", "'")
    spoken = f" {' '.join(found[0] for found in _WORD.finditer(folded))} "

    def has(phrases: Iterable[str]) -> bool:
        return any(f" {phrase} " in spoken for phrase in phrases)

    if has(words.proposal):
        return "yes"
    if label != "question" and "?" not in text:
        return "no"
    leave, inform = has(words.leave), has(words.inform)
    if leave == inform:
        return "perhaps"
    return "yes" if leave else "no"
