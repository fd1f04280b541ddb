"""A first roster, written from who is in a room. Pure: who is there, the day and the words are passed in.

Names and accounts hint at offices, and only hint: anybody may call himself regent. So each guess is marked in a
comment, whoever shows no office becomes a guest, who may do nothing, and where nobody looks like a leader or an
expert a placeholder without an account stands, so that the file is valid and gives nobody a right by mistake.
"""

from __future__ import annotations

import json
import re
import textwrap
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bridge.admin.roster_text import as_id, quoted
from bridge.lang.catalogue import Catalogue
from bridge.lang.roles import ROLES, Hints
from bridge.policy.roster import RANK, plain

GUEST_FOR = timedelta(days=365)
"""How long a guest of a draft stays: long enough that nobody leaves before an admin has read the file."""

LONGEST_SLUG = 40
LONGEST_NAME = 120
WIDTH = 110

_ACCOUNT = re.compile(r"@[^\s:@]{1,200}:[^\s@/]{1,200}")
_PARTS = re.compile(r"[()\[\]{}|/:,;–—]|\s-\s")
"""What separates a person's name from the office in a display name."""

_KINDS = {"secretary": "office", "subdistrict_head": "subdistrict", "head": "agency"}


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody in the room: account and display name, which may be anything."""

    user: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a name or an account hints at. ``unit`` is the unit's name as far as it is told."""

    role: str
    acting: bool = False
    unit: str = ""
    source: str = ""
    """The text that hints at it; empty when nothing does."""


@dataclass(frozen=True, slots=True)
class _Person:
    slug: str
    name: str
    user: str
    guess: Guess


def draft(
    people: Sequence[Present],
    room: str,
    *,
    today: date,
    hints: Hints,
    role_names: Mapping[str, str],
    say: Catalogue,
) -> str:
    """The text of a `roster.yaml` in which each of ``people`` stands once; ``room`` is what it is called."""
    valid = [one for one in people if _ACCOUNT.fullmatch(one.user) and clean(one.user) == one.user]
    persons = _persons(valid, hints, say)
    missing = [role for role in ("leader", "expert") if all(one.guess.role != role for one in persons)]
    taken = {one.slug for one in persons}
    for role in missing:
        name = say.say("draft.placeholder_name", role=role_names[role]).plain
        slug = _unique(slug_of(name) or role, taken | ROLES)
        taken.add(slug)
        persons.append(_Person(slug, name, "", Guess(role)))
    persons.sort(key=lambda one: (RANK[one.guess.role], one.guess.unit.casefold(), one.name.casefold(), one.slug))
    units = _units(persons, say)
    until = today + GUEST_FOR
    sponsor = next(one for one in persons if one.guess.role == "leader")
    comments = [
        say.say("draft.head", count=len(people), room=clean(room), day=today.isoformat()).plain,
        say.say("draft.check").plain,
        say.say("draft.change").plain,
        say.say("draft.ids").plain,
    ]
    if any(one.guess.role == "guest" for one in persons):
        comments.append(say.say("draft.guests", to=until.isoformat(), sponsor=sponsor.name).plain)
    known = {one.user for one in valid}
    comments += [
        say.say("draft.left_out", user=json.dumps(one.user)).plain for one in people if one.user not in known
    ]
    lines = [line for text in comments for line in textwrap.wrap(text, WIDTH - 4, break_long_words=False)]
    written = [f"# {line}" for line in lines]
    written += ["", "units:" if units else "units: []"]
    unit_guess = say.say("draft.unit_guess").plain
    for unit in dict.fromkeys(units.values()):
        name = quoted(unit.name)
        written.append(
            f"  - {{id: {as_id(unit.slug)}, name: {name}, short: {name}, kind: {unit.kind}}}  # {unit_guess}"
        )
    written += ["", "persons:"]
    for one in persons:
        accounts = f"[{{matrix: {quoted(one.user)}}}]" if one.user else "[]"
        written.append(f"  - {{id: {as_id(one.slug)}, name: {quoted(one.name)}, identifiers: {accounts}}}")
    written += ["", "offices:"]
    for one in persons:
        written.append(f"  - {_office(one, units, today, until, sponsor, say)}")
    return "\n".join(written) + "\n"


def guess(one: Present, hints: Hints) -> Guess:
    """The office that a display name shows, or else the account; a guest when neither shows one."""
    localpart = one.user[1:].partition(":")[0]
    for text in (clean(one.name), re.sub(r"[._=+/-]+", " ", clean(localpart))):
        for part in _PARTS.split(text):
            found = _hint(part, hints)
            if found is not None:
                return found
    return Guess("guest")


def _hint(part: str, hints: Hints) -> Guess | None:
    """The first hint in a part of a name, of those that begin at the same word the longest."""
    words = [(found.group().casefold(), found.end()) for found in re.finditer(r"\w+", part)]
    spoken = [word for word, _ in words]
    phrases = sorted(
        ((phrase.split(), role) for role, listed in hints.roles.items() for phrase in listed),
        key=lambda pair: -len(pair[0]),
    )
    for start in range(len(spoken)):
        for phrase, role in phrases:
            if spoken[start : start + len(phrase)] != phrase:
                continue
            before = " ".join(spoken[:start])
            acting = any(re.search(rf"\b{re.escape(word)}\b", before) for word in hints.acting)
            rest = part[words[start + len(phrase) - 1][1] :].strip(" \t.-_'\"")
            source = part.strip()
            if role == "secretary":
                # "Sekda Soppeng" is no unit Soppeng, which every second message names.
                rest = source
            return Guess(role, acting, rest[:LONGEST_NAME] if role in _KINDS else "", source)
    return None


def _persons(people: Sequence[Present], hints: Hints, say: Catalogue) -> list[_Person]:
    persons: list[_Person] = []
    taken: set[str] = set()
    for one in sorted(people, key=lambda one: one.user):
        localpart = clean(one.user[1:].partition(":")[0])
        name = clean(one.name)[:LONGEST_NAME].strip() or localpart[:LONGEST_NAME]
        parts = [part for part in _PARTS.split(name) if slug_of(part)]
        own = next((part for part in parts if _hint(part, hints) is None), name)
        slug = _unique(slug_of(own) or slug_of(localpart) or "p", taken | ROLES)
        taken.add(slug)
        found = guess(one, hints)
        if found.role in _KINDS and not plain(found.unit):
            unit = say.say("draft.unit", name=name).plain
            found = Guess(found.role, found.acting, unit, found.source)
        persons.append(_Person(slug, name, one.user, found))
    return persons


@dataclass(frozen=True, slots=True)
class _Unit:
    slug: str
    name: str
    kind: str


def _units(persons: Sequence[_Person], say: Catalogue) -> dict[str, _Unit]:
    """By their names as the policy compares them: no two units may share one, ids included."""
    units: dict[str, _Unit] = {}
    names = {plain(one.guess.unit): one for one in reversed(persons) if one.guess.unit}
    for key in sorted(names):
        one = names[key]
        others = names.keys() - {key}
        taken = {unit.slug for unit in units.values()}
        slug = _unique(slug_of(one.guess.unit) or "u", taken, names=others)
        units[key] = _Unit(slug, one.guess.unit, _KINDS[one.guess.role])
    return units


def _office(
    one: _Person, units: Mapping[str, _Unit], today: date, until: date, sponsor: _Person, say: Catalogue
) -> str:
    guessed = one.guess
    parts = [f"person: {as_id(one.slug)}", f"role: {guessed.role}"]
    if guessed.unit:
        parts.append(f"unit: {as_id(units[plain(guessed.unit)].slug)}")
    parts.append(f"from: {today.isoformat()}")
    if guessed.acting:
        parts.append("acting: true")
    if guessed.role == "guest":
        purpose = quoted(say.say("draft.purpose").plain)
        parts += [f"to: {until.isoformat()}", f"sponsor: {as_id(sponsor.slug)}", f"purpose: {purpose}"]
    if not one.user:
        comment = say.say("draft.placeholder").plain
    elif guessed.source:
        comment = say.say("draft.guess", text=quoted(guessed.source)).plain
    else:
        comment = say.say("draft.guest").plain
    return f"{{{', '.join(parts)}}}  # {comment}"


def clean(text: str) -> str:
    """A text on one line, without what cannot be seen: controls, marks of direction, unpaired surrogates."""
    seen = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join(seen.split())


def slug_of(text: str) -> str:
    """A text as an id: small letters, digits and hyphens; empty when nothing of it can be one."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:LONGEST_SLUG].strip("-")


def _unique(slug: str, taken: Collection[str], *, names: Collection[str] = ()) -> str:
    number, found = 1, slug
    while found in taken or plain(found) in names:
        number += 1
        ending = f"-{number}"
        found = slug[: LONGEST_SLUG - len(ending)].rstrip("-") + ending
    return found
