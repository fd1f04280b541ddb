"""What is granted beside the roster, as a command says it: to whom, for which unit, until when, what for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple, NoReturn, get_args

from bridge.forum import directives, grants, offers
from bridge.forum.book import Book
from bridge.forum.command import Argument, Choices, Command, Missing, Reading, Wrong, used
from bridge.forum.item import Taken
from bridge.forum.spoken import read
from bridge.model.clock import moment
from bridge.policy.roster import UNITLESS, Person, nearest, plain
from bridge.policy.types import Lendable

MENTIONED = 10

LONGEST_NAME, LONGEST_PURPOSE = 80, 200
"""Characters of a guest's name, and of what the guest comes for."""

LENDABLE = get_args(Lendable)
"""What the head of a unit may lend: each of it is a head's own, so that nobody gets more than the giver has."""


def apart(text: str, joints: Mapping[str, str]) -> dict[str, str]:
    """The parts of a text between its joints: `dlh until Friday` is {"": "dlh", "until": "Friday"}.

    ``joints`` are words to their names (until, from, for, with). Of each the first counts; what comes later with
    the same word belongs to the part that it stands in.
    """
    parts: dict[str, list[str]] = {"": []}
    here = ""
    for word in text.split():
        name = joints.get(word.casefold().rstrip(":"))
        if name is not None and name not in parts:
            here = name
            parts[here] = []
        else:
            parts[here].append(word)
    return {name: " ".join(words) for name, words in parts.items()}


def named(command: Command, taken: Taken) -> tuple[list[str], str]:
    """(accounts that a command names, in its order, what else it says).

    A client shows a mention as the person's name, so that the body may hold no account at all: then the mention
    itself counts, and the words before the first joint are those of the name.
    """
    words = command.rest.split()
    named = [word.rstrip(",;") for word in words if word.startswith("@") and ":" in word]
    left = " ".join(word for word in words if word.rstrip(",;") not in named)
    mentioned = [user for user in read(taken.event).mentions[:MENTIONED] if user not in named]
    return [*named, *mentioned], left


def without_names(text: str, users: list[str], book: Book, now: int) -> str:
    """A text without the shown names of these accounts, which a client writes in the place of a mention."""
    for user in users:
        person = book.roster.person_of(user, book.local(now))
        for shown in (f"@{person.name}", person.name) if person else ():
            if text.startswith(shown):
                text = text[len(shown) :].lstrip(" :,")
    return text


def unit_of(text: str, book: Book) -> str | None:
    """The unit that a text names by id, name, short name or alias; None when it names none, or several."""
    wanted = plain(text)
    for unit in book.roster.units():
        if wanted and wanted in {plain(name) for name in (unit.id, unit.name, unit.short, *unit.aliases)}:
            return unit.id
    found = book.directory.addressed(text).units
    return found[0] if len(found) == 1 else None


def near_unit(text: str, book: Book) -> str:
    """The short name of the unit that was probably meant; empty when none is like it."""
    names = {name: unit.short for unit in book.roster.units() for name in (unit.id, unit.short, *unit.aliases)}
    found = nearest(text, names)
    return names[found] if found else ""


def day_of(text: str, book: Book, now: int) -> date | None:
    """The day that a text names: 2026-12-31, or as people say it (31 December, Friday)."""
    first = text.split()[0] if text.split() else ""
    try:
        return date.fromisoformat(first)
    except ValueError:
        found = directives.due_of(text, now, book)
        return found.at.date() if found is not None else None


class Listed(NamedTuple):
    """An account, and whose it is by the roster."""

    user: str
    person: Person


def _listed(reading: Reading) -> Listed:
    user = _account(reading)
    person = reading.book.roster.person_of(user, moment(reading.now))
    if person is None:
        raise Wrong("grant.unlisted", {"user": user})
    reading.rest = without_names(reading.rest, [user], reading.book, reading.now)
    return Listed(user, person)


def _account(reading: Reading) -> str:
    users, rest = named(reading.command, reading.taken)
    if not users:
        _how_to_grant(reading)
    reading.rest = rest
    reading.known.append(users[0])
    return users[0]


def _pair(reading: Reading) -> tuple[str, str]:
    users, _ = named(reading.command, reading.taken)
    if len(users) != 2 or users[0] == users[1]:
        _how_to_grant(reading)
    return users[0], users[1]


def _how_to_grant(reading: Reading) -> NoReturn:
    """Nothing of it is asked for alone: it has many parts, and the sentence shows all of them."""
    usage = used(reading.word, reading.takes, reading.book)
    raise Missing(f"grant.how_{reading.command.name}", {"usage": usage, "word": reading.word})


class Days(NamedTuple):
    """From when (None: from the moment it is agreed to) until when."""

    first: date | None
    last: date


class Lent(NamedTuple):
    """Rights, and the unit for which; without one named, the only one that the giver owns."""

    rights: tuple[str, ...]
    unit: str | None


def _parts(reading: Reading) -> dict[str, str]:
    return apart(reading.rest, reading.book.joints)


def role_of(text: str, book: Book) -> str:
    """The office without a unit that a text names, by what the forum calls it: leader, deputy; empty: none."""
    return next((role for role in UNITLESS if plain(book.role_names.get(role, "")) == plain(text)), "")


def _first(reading: Reading) -> str:
    """What stands before the first word between parts, taken off the words."""
    first = _parts(reading)[""]
    reading.rest = reading.rest[len(first) :].strip()
    reading.known += [first] if first else []
    return first


def _post(reading: Reading) -> grants.Post:
    text = _first(reading)
    if role := role_of(text, reading.book):
        return grants.Post("", role)
    unit = unit_of(text, reading.book)
    if unit is None and not text:
        _how_to_grant(reading)
    if unit is None:
        near = near_unit(text, reading.book)
        raise (
            Wrong("grant.near_unit", {"text": text, "near": near})
            if near
            else Wrong("grant.no_unit", {"text": text})
        )
    return grants.Post(unit)


def _days(reading: Reading) -> Days | None:
    """The days that are named; None: what was granted is to end."""
    parts, book, now = _parts(reading), reading.book, reading.now
    if "off" in parts:
        return None
    if "until" not in parts:
        _how_to_grant(reading)
    last = day_of(parts["until"], book, now)
    first = day_of(parts["from"], book, now) if "from" in parts else None
    if last is None or ("from" in parts and first is None):
        raise Wrong("grant.day", {"text": parts["until"] if last is None else parts["from"]})
    if last < book.local(now).date() or (first is not None and last < first):
        raise Wrong("grant.over", {"day": last.isoformat()})
    return Days(first, last)


def _lent(reading: Reading) -> Lent:
    """The rights that are named, and for which unit."""
    parts, book = _parts(reading), reading.book
    if "off" in parts:
        return Lent((), None)
    before = reading.rest
    words = _first(reading).replace(",", " ").split()
    named = {word: book.lendable[word.casefold()] for word in words if word.casefold() in book.lendable}
    others = " ".join(word for word in words if word not in named)
    own = sorted(reading.standing.owns)
    unit = unit_of(others, book) if others else own[0] if len(own) == 1 else None
    if not named and unit in reading.standing.owns:
        reading.known, reading.rest = reading.known[:1], before
        raise Missing("grant.rights", {"words": [word_of(right, book) for right in LENDABLE]})
    return Lent(tuple(dict.fromkeys(named.values())), unit)


def word_of(right: str, book: Book) -> str:
    """The word by which people name a right that is lent."""
    return next((word for word, name in book.lendable.items() if name == right), right)


def _guest_name(reading: Reading) -> str:
    ends = "off" in _parts(reading)
    return _first(reading).strip(" ,:")[:LONGEST_NAME] or ("" if ends else _how_to_grant(reading))


def _purpose(reading: Reading) -> str:
    parts = _parts(reading)
    return parts.get("for", "")[:LONGEST_PURPOSE] or ("" if "off" in parts else _how_to_grant(reading))


def _posts(reading: Reading) -> Choices:
    """The posts of whoever asks: the units that they own, and their office where it has none."""
    book, offices = reading.book, reading.standing.offices
    own = [office for office in offices if not office.acting]
    named = [book.role_names.get(office.role, "") for office in own if office.role in UNITLESS]
    return {
        name: name for name in (*named, *(book.unit_name(unit) for unit in sorted(reading.standing.owns))) if name
    }


def _rights(reading: Reading) -> Choices:
    """Each right that can be lent."""
    return {word: word for word in (word_of(right, reading.book) for right in LENDABLE)}


def _last_days(reading: Reading) -> Choices:
    """A week, two, four, the end of the month and of the year, each as a last day that can be typed."""
    today = reading.book.local(reading.now).date()
    until = next((word for word, name in reading.book.joints.items() if name == "until"), "")
    month = (today.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    days = {*(today + timedelta(days=7 * weeks) for weeks in (1, 2, 4)), month, date(today.year, 12, 31)}
    return {f"{until} {day.isoformat()}": day.isoformat() for day in sorted(days)} if until else {}


LISTED = Argument(name="whom", reads=_listed, begins="user", offers=offers.people)
ACCOUNT = Argument(name="whom", reads=_account, begins="user")
OLD_AND_NEW = Argument(name="accounts", reads=_pair, begins="user")
POST = Argument(name="unit", reads=_post, offers=_posts)
DAYS = Argument(name="days", reads=_days, offers=_last_days)
LENT = Argument(name="rights", reads=_lent, offers=_rights)
GUEST_NAME = Argument(name="guest", reads=_guest_name)
PURPOSE = Argument(name="purpose", reads=_purpose)
