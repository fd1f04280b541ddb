"""Names that look like somebody else's: a member who calls themselves as a leader, an expert or the bot does.

Names are compared as the eye compares them: folded to their plain letters (Unicode's NFKC, without marks and
without what cannot be seen), with letters of other scripts and digits read as the Latin ones that they look like.
It is shown in the control room once and never acted on: authority comes from the roster, whatever a name says.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from bridge.forum.book import Book
from bridge.forum.conduct.folding import fold
from bridge.forum.item import Taken
from bridge.forum.spoken import text_of
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Line, Say
from bridge.model.situation import LikenessNeed, Outcome, Situation
from bridge.policy.roster import Roster

ROLES = ("leader", "deputy", "secretary", "expert")
"""Whose names and titles are looked after, besides the bot's."""

ALIKE = 0.9
"""How like two folded names are, from 0 to 1, when a stranger's is taken for the other."""

SHORTEST = 4
"""Letters of a name below which only the very same is like it."""

PER_HOUR = 5
"""How often the control room hears of likenesses: a flood of names is one trouble, not a thousand."""

HERE = ("join", "knock")
"""Memberships in which a person shows a name of their own."""

HOUR_MS = 3600 * 1000

LONGEST = 200

_LOOKS = str.maketrans("l1|!05$", "iiiioss")
"""Letters, digits and marks that the eye takes for each other, once letters of other scripts were made Latin."""

_TWO_AS_ONE = (("rn", "m"), ("vv", "w"))

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\uffa0")
"""What takes no room, or only room, without being a format character."""


class Likeness(NamedTuple):
    """Whose name somebody's is like."""

    person: str
    """Person id; empty for the bot."""
    shown: str
    """The name, or the title, that it is like."""
    title: bool
    """It is a title and no name."""


class _Known(NamedTuple):
    person: str
    shown: str
    folded: str


class _Guarded(NamedTuple):
    """Who is looked after on a day."""

    names: tuple[_Known, ...]
    """As the roster has them."""
    persons: Mapping[str, str]
    """Their accounts to their person ids."""


def folded(name: str) -> str:
    """A name as the eye reads it: letters and digits only, in small Latin letters where they look like these."""
    looks = fold("".join(c for c in name[:LONGEST] if not _hidden(c))).translate(_LOOKS)
    letters = "".join(c for c in looks if c.isalnum())
    for two, one in _TWO_AS_ONE:
        letters = letters.replace(two, one)
    return letters


def hidden(name: str) -> list[str]:
    """The characters of a name that nobody can see, by their numbers: U+200B."""
    return list(dict.fromkeys(f"U+{ord(c):04X}" for c in name if _hidden(c)))[:5]


def foreign(name: str) -> bool:
    """Whether letters of a name only look like Latin ones."""
    return any(_borrowed(c) or unicodedata.normalize("NFKC", c) != c for c in name[:LONGEST] if c.isalnum())


def _borrowed(c: str) -> bool:
    return fold(c).isascii() and not unicodedata.normalize("NFKD", c)[0].isascii()


def _hidden(c: str) -> bool:
    return c in _UNSEEN or unicodedata.category(c) in ("Cf", "Cc", "Cs", "Co", "Cn") or 0xFE00 <= ord(c) <= 0xFE0F


def named(taken: Taken) -> str:
    """The name under which somebody comes, or that somebody who is here shows from now on; else empty."""
    content, before = taken.event.content, taken.event.prev_content or {}
    name, membership = text_of(content, "displayname"), text_of(content, "membership")
    if membership not in HERE or (name, membership) == (
        text_of(before, "displayname"),
        text_of(before, "membership"),
    ):
        return ""
    return name


def need(taken: Taken, book: Book) -> LikenessNeed | None:
    """What is to be known about the name of somebody who comes."""
    name = named(taken)
    if not name:
        return None
    return LikenessNeed(
        about=about(taken.event.state_key or "", name),
        since=taken.at - HOUR_MS,
        enough=PER_HOUR,
        accounts=(*_guarded_at(book, taken.at).persons, book.bot),
    )


def _guarded_at(book: Book, at: int) -> _Guarded:
    on = moment(at)
    return _guarded(book.roster.then(on), book.roster.day(on))


@lru_cache(maxsize=8)
def _guarded(roster: Roster, day: date) -> _Guarded:
    """Kept for the day: the whole roster is looked through for it, and every coming asks for it."""
    those = [due for due in roster.persons_on(day) if due.standing.roles & set(ROLES)]
    return _Guarded(
        tuple(_known(due.standing.person.id, due.standing.person.name) for due in those),
        {user: due.standing.person.id for due in those for user in due.user_ids},
    )


@lru_cache(maxsize=1024)
def _known(person: str, name: str) -> _Known:
    return _Known(person, name, folded(name))


def like_whom(name: str, user: str, shown: Mapping[str, str], book: Book, at: int) -> Likeness | None:
    """Whose name a member's name is like, if they are somebody else; ``shown`` is what those who are looked after
    call themselves in the room, by account.

    For whoever is listed only the very same name counts, since people may have similar names; and nobody is like
    another under their own name or their own title.
    """
    mine = folded(name)
    standing = book.standing(user, at)
    person = book.roster.person_of(user, moment(at))
    if not mine or user == book.bot or (person is not None and folded(person.name) == mine):
        return None
    for known in _names(shown, book, at):
        if (person is None or known.person != person.id) and _alike(mine, known.folded, exactly=person is not None):
            return Likeness(known.person, known.shown, title=False)
    for role in ROLES:
        title = book.role_names.get(role, role)
        if standing is not None and role in standing.roles:
            continue
        if mine == folded(title) or (person is None and _bears(name, title)):
            return Likeness("", title, title=True)
    return None


def _names(shown: Mapping[str, str], book: Book, at: int) -> Iterable[_Known]:
    """Names of the roster and names shown in the room, of whoever is looked after; and the bot's."""
    guarded = _guarded_at(book, at)
    yield from guarded.names
    for user, name in shown.items():
        if user in guarded.persons and name:
            yield _known(guarded.persons[user], name)
    yield _known("", shown.get(book.bot) or book.bot.removeprefix("@").split(":")[0])


def _bears(name: str, title: str) -> bool:
    """Whether a title stands in a name, or one that is nearly the same is all of it."""
    words, wanted = ([folded(word) for word in text.split()] for text in (name, title))
    stands = any(words[place : place + len(wanted)] == wanted for place in range(len(words)))
    return stands or _alike(folded(name), folded(title), exactly=False)


def _alike(mine: str, theirs: str, *, exactly: bool) -> bool:
    if mine == theirs:
        return bool(mine)
    if exactly or min(len(mine), len(theirs)) < SHORTEST:
        return False
    if len(theirs) >= 2 * SHORTEST and theirs in mine:
        # "Bapak ... , M.Si." around the whole name.
        return True
    if 2 * min(len(mine), len(theirs)) < ALIKE * (len(mine) + len(theirs)):
        # However alike the letters are: one of them is too long for the other.
        return False
    compared = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    return compared.quick_ratio() >= ALIKE and compared.ratio() >= ALIKE


def flag(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Tell the control room, once for an account and a name, whose name somebody's is like."""
    control, name, user = book.rooms.get("control"), named(taken), taken.event.state_key or ""
    if control is None or not name or situation.likeness.told or situation.likeness.full:
        return Outcome()
    found = like_whom(name, user, situation.likeness.shown, book, now)
    if found is None:
        return Outcome()
    lines = []
    if unseen := hidden(name):
        lines.append(Line("likeness.hidden", {"characters": unseen}))
    if foreign(name):
        lines.append(Line("likeness.foreign"))
    person = book.roster.person_of(user, moment(now))
    lines.append(Line("likeness.listed", {"name": person.name}) if person else Line("likeness.unlisted"))
    lines.append(Line("likeness.nothing_done"))
    say = Say(
        room=control,
        key="likeness.title" if found.title else "likeness.name",
        values={"name": name[:LONGEST], "user": user, "like": found.shown},
        lines=tuple(lines),
        ref=f"likeness:{about(user, name)}",
    )
    note = f.Asked(what="likeness", about=about(user, name), person=found.person or None, at=now)
    return Outcome(facts=[note], effects=[say])


def about(user: str, name: str) -> str:
    """Under what it is remembered that the control room was told of a name."""
    return f"{user} {folded(name)[:80]}"
