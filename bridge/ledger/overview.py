"""How a forum stands as a whole, in a handful of statements however much is open and however long the record."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import msgspec

from bridge.ledger.store import Store
from bridge.ledger.work import newest_first, newest_of_each
from bridge.model import facts as f
from bridge.model.situation import (
    OWING,
    Alarm,
    DayCounts,
    OpenOrder,
    Overview,
    OverviewNeed,
    WaitingPhotos,
    WaitingReport,
)

TASKS, ORDERS = 5000, 1000
"""How many owing tasks of each state are looked at, and how many orders they may belong to."""

UNCONFIRMED, REPORTS, ALARMS, PHOTOS = 100, 1000, 100, 1000
OF_DAYS = 5000
"""How many orders, and reports of each state, are counted for the days."""

REPORT_STATES = ("waiting", "reported", "incomplete", "accepted", "returned", "unknown")
"""All but withdrawn, which are no reports any more."""

_alarm = msgspec.json.Decoder(f.Emergency).decode

_OWED = newest_of_each(
    "SELECT directive FROM task WHERE forum = ? AND state = ? ORDER BY issued_at DESC LIMIT ?", len(OWING)
)


def overview(store: Store, forum: str, need: OverviewNeed) -> Overview:
    """Everything at once; emergencies are read from the facts, which must be written."""
    orders, late = _orders(store, forum)
    return Overview(
        orders=orders,
        unconfirmed=tuple(
            row[0]
            for row in store.all(
                "SELECT number FROM directive WHERE forum = ? AND state = 'unconfirmed'"
                " ORDER BY issued_at DESC LIMIT ?",
                (forum, UNCONFIRMED),
            )
        ),
        to_judge=_waiting(store, forum, "reported"),
        lacking=_waiting(store, forum, "incomplete"),
        alarms=_alarms(store, forum, need.emergencies_since),
        photos=_photos(store, forum, need.days[0] if need.days else 0),
        days=_days(store, forum, need.days, late) if need.days else (),
    )


def _waiting(store: Store, forum: str, state: str) -> tuple[WaitingReport, ...]:
    """The reports of a state, oldest first."""
    rows = store.all(
        "SELECT number, unit, reported_at FROM report WHERE forum = ? AND state = ? ORDER BY reported_at LIMIT ?",
        (forum, state, REPORTS),
    )
    return tuple(WaitingReport(number=row[0], unit=row[1], at=row[2]) for row in rows)


def _photos(store: Store, forum: str, since: int) -> WaitingPhotos:
    """The photos that are not through; those that nobody looked at are counted since a time."""
    held = store.all(
        "SELECT number FROM evidence_check WHERE forum = ? AND state = 'open' ORDER BY at LIMIT ?", (forum, PHOTOS)
    )
    row = store.one(
        "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM fetching WHERE forum = ? LIMIT ?) AS p),"
        " (SELECT COUNT(*) FROM (SELECT 1 FROM evidence_check WHERE forum = ? AND state = 'unchecked' AND at >= ?"
        " LIMIT ?) AS u)",
        (forum, PHOTOS, forum, since, PHOTOS),
    )
    pending, unchecked = row or (0, 0)
    return WaitingPhotos(held=tuple(number for (number,) in held), pending=pending, unchecked=unchecked)


def _orders(store: Store, forum: str) -> tuple[tuple[OpenOrder, ...], list[int]]:
    """The orders for which somebody owes something, newest first, and when each late task became so."""
    # CROSS JOIN holds SQLite to this order of reading: left to itself, a newer one reads all tasks for each order.
    owed = [value for state in OWING for value in (forum, state, TASKS)]
    rows = store.all(
        f"SELECT d.number, d.text, d.due, d.issued_at, d.person FROM (SELECT DISTINCT directive FROM ({_OWED})"
        " AS owing) AS o CROSS JOIN directive d WHERE d.forum = ? AND d.number = o.directive AND d.state = 'open'",
        (*owed, forum),
    )
    rows = sorted(rows, key=lambda row: newest_first(row[3], row[0]))[:ORDERS]
    units: dict[str, dict[str, list[str]]] = {row[0]: {} for row in rows}
    since: dict[str, list[int]] = {}
    for number, unit, state, at in store.all(
        f"SELECT t.directive, t.unit, t.state, t.at FROM (SELECT DISTINCT directive FROM ({_OWED}) AS owing) AS o"
        " CROSS JOIN task t WHERE t.forum = ? AND t.directive = o.directive",
        (*owed, forum),
    ):
        if number in units:
            units[number].setdefault(state, []).append(unit)
            if state == "late":
                since.setdefault(number, []).append(at)
    orders = tuple(
        OpenOrder(
            number=number,
            text=text,
            due=due,
            issued_at=issued_at,
            person=person,
            waiting=_of(units[number], "open", "acknowledged"),
            late=_of(units[number], "late"),
            returned=_of(units[number], "returned"),
            reported=_of(units[number], "reported", "accepted"),
            late_since=min(since.get(number, ()), default=None),
        )
        for number, text, due, issued_at, person in rows
    )
    return orders, [at for of_order in since.values() for at in of_order]


def _of(units: dict[str, list[str]], *states: str) -> tuple[str, ...]:
    return tuple(unit for state in states for unit in sorted(units.get(state, ())))


def _alarms(store: Store, forum: str, since: int) -> tuple[Alarm, ...]:
    """The emergencies since a time, with what became of their reports."""
    rows = store.all(
        "SELECT body FROM (SELECT position, at, body FROM fact WHERE forum = ? AND kind = 'emergency'"
        " ORDER BY position DESC LIMIT ?) AS newest WHERE at >= ? AND body IS NOT NULL",
        (forum, ALARMS, since),
    )
    called = [fact for row in rows if (fact := _alarm(bytes(row[0]))).at >= since]
    marks = ",".join("?" * ALARMS)
    numbers = [fact.report for fact in called]
    reports = {
        row[0]: row
        for row in store.all(
            f"SELECT number, unit, person, state, text FROM report WHERE forum = ? AND number IN ({marks})",
            (forum, *numbers, *[""] * (ALARMS - len(numbers))),
        )
    }
    found = []
    for fact in called:
        _, unit, person, state, text = reports.get(fact.report, ("", None, fact.person, "", ""))
        found.append(Alarm(number=fact.report, unit=unit, person=person, state=state, text=text, at=fact.at))
    return tuple(sorted(found, key=lambda alarm: newest_first(alarm.at, alarm.number)))


def _days(store: Store, forum: str, days: Sequence[int], late: Sequence[int]) -> tuple[DayCounts, ...]:
    """Orders, reports and lateness by the day on which they came."""
    reports = store.all(
        newest_of_each(
            "SELECT reported_at, state FROM report WHERE forum = ? AND state = ? AND reported_at >= ?"
            " ORDER BY reported_at DESC LIMIT ?",
            len(REPORT_STATES),
        ),
        [value for state in REPORT_STATES for value in (forum, state, days[0], OF_DAYS)],
    )
    orders = store.all(
        "SELECT issued_at FROM directive WHERE forum = ? AND state = 'open' AND issued_at >= ?"
        " ORDER BY issued_at DESC LIMIT ?",
        (forum, days[0], OF_DAYS),
    )

    def by_day(times: Sequence[int]) -> Counter[int]:
        return Counter(bisect_right(days, at) - 1 for at in times)

    ordered, reported = by_day([row[0] for row in orders]), by_day([row[0] for row in reports])
    accepted, missed = by_day([row[0] for row in reports if row[1] == "accepted"]), by_day(late)
    return tuple(
        DayCounts(
            begins=begins,
            orders=ordered[place],
            reports=reported[place],
            accepted=accepted[place],
            late=missed[place],
        )
        for place, begins in enumerate(days)
    )
