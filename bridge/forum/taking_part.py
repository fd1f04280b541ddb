"""Who has opened the forum: told to the experts by name, and to the record by unit, in numbers."""

from __future__ import annotations

from bridge.forum.book import Book
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Line, Value
from bridge.model.situation import PartNeed, Situation

NAMES = 15
"""How many people a line names."""

REPORTING = frozenset({"head", "subdistrict_head"})
"""Roles of those from whom reports are expected."""


def of_week(week: str, situation: Situation, book: Book, now: int) -> list[f.AnyFact]:
    """How the units stand at the end of a week; nothing where receipts are not looked at."""
    if not book.policy.coaching.reading:
        return []
    first = {one.person: one.first for one in situation.part.read if one.week == week}
    people: dict[str, list[tuple[str, str]]] = {}
    here = _here(situation, book)
    for due in book.roster.persons_due(moment(now)):
        states = {here.get(user, "") for user in due.user_ids}
        state = "join" if "join" in states else "invite" if "invite" in states else ""
        for unit in due.standing.units:
            people.setdefault(unit.id, []).append((due.standing.person.id, state))
    units = [
        f.UnitRead(
            unit=unit.id,
            people=len(listed),
            in_room=sum(state == "join" for _, state in listed),
            invited=sum(state == "invite" for _, state in listed),
            readers=sum(person in first for person, _ in listed),
            first=min((first[person] for person, _ in listed if person in first), default=0),
        )
        for unit in book.roster.units()
        if (listed := people.get(unit.id))
    ]
    return [f.ForumRead(week=week, units=tuple(units), at=now)]


def whose(book: Book, at: int) -> PartNeed:
    """Everybody who is listed, by their accounts."""
    listed = book.roster.persons_due(moment(at))
    accounts = tuple((due.standing.person.id, user) for due in listed for user in due.user_ids)
    return PartNeed(book.rooms.get("forum", ""), accounts)


def lines(week: str, begins: int, situation: Situation, book: Book, now: int) -> list[Line]:
    """This week in numbers, then who is in the room and was never seen to open the forum, or has never reported.

    ``begins`` is when the week began (ms). Whoever writes, says siap or reports has opened the forum, whatever
    their receipts say; before anybody was seen to read, nothing is known of anybody.
    """
    here, part = _here(situation, book), situation.part
    inside = [
        due for due in book.roster.persons_due(moment(now)) if "join" in {here.get(user) for user in due.user_ids}
    ]
    said = []
    if book.policy.coaching.reading and part.read:
        wrote = {person for person, at in part.wrote.items() if at >= begins}
        active = part.acknowledged | part.reported | wrote
        this_week = active | {one.person for one in part.read if one.week == week}
        ever = this_week | part.ever_reported | part.wrote.keys() | {one.person for one in part.read}
        persons = {due.standing.person.id for due in inside}
        numbers: dict[str, Value] = {
            "count": len(persons),
            "read": len(persons & this_week),
            "siap": len(persons & part.acknowledged),
            "reports": len(persons & part.reported),
        }
        said.append(Line("coaching.week", numbers))
        if never := [due.standing.person.name for due in inside if due.standing.person.id not in ever]:
            said.append(Line("coaching.never_read", {"count": len(never), "names": some(never)}))
        if away := [due.standing.person.name for due in inside if due.standing.person.id in ever - this_week]:
            said.append(Line("coaching.not_read", {"count": len(away), "names": some(away)}))
    silent = [
        due.standing.person.name
        for due in inside
        if due.standing.roles & REPORTING and due.standing.person.id not in part.ever_reported
    ]
    if silent and (part.read or not book.policy.coaching.reading):
        said.append(Line("coaching.never_reported", {"count": len(silent), "names": some(silent)}))
    return said


def some(names: list[str]) -> list[str]:
    """The names that a line holds, and how many more there are."""
    return [*names[:NAMES], *([f"+{len(names) - NAMES}"] if len(names) > NAMES else [])]


def _here(situation: Situation, book: Book) -> dict[str, str]:
    return {one.user: one.membership for one in situation.members.get(book.rooms.get("forum", ""), ())}
