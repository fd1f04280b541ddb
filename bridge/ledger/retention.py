"""The end of retention: what a rule is told of how long the record is kept, and of what may go.

What is destroyed is decided by :mod:`bridge.forum.retention` and done by :mod:`bridge.ledger.destroying`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bridge.ledger import bundles, meta, outbox
from bridge.ledger.inbox import decode_event
from bridge.ledger.store import Row, Store
from bridge.model import contents
from bridge.model import facts as f
from bridge.model.chain import decode
from bridge.model.situation import OWING, Aged, Aging, KeepingView, Look

LOOK_LIMIT = 1000
"""Records about which one row decides: some hundredths of a second on the writer thread."""

SEALS = 2000
"""Weeks of which contents are still held: forty years."""

COUNTED = 1_000_000
"""More records than this are not counted for a plan."""

UNSETTLED = ("waiting", "held", "reported", "returned", "unknown")
"""States of a report in which somebody is still to do something."""


class _Named(msgspec.Struct):
    week: str = ""


_named = msgspec.json.Decoder(_Named).decode


# What a rule is told


def view(store: Store, forum: str, before: tuple[int, int]) -> KeepingView:
    """How long the record is kept, and how much is older than these times for messages and media (ms)."""
    done = {what: _done(store, forum, what) for what in contents.KINDS}
    seals = store.all(
        "SELECT position, at, body FROM fact WHERE forum = ? AND kind = 'week_sealed' AND position > ?"
        " ORDER BY position LIMIT ?",
        (forum, min(done.values()), SEALS),
    )
    names = [_named(bytes(body)).week for _, _, body in seals if body is not None]
    agreed = _newest(store, forum, "keeping")
    unposted = tuple(name for name in names if not bundles.handed_over(store, forum, name))
    return KeepingView(
        agreed=agreed if isinstance(agreed, f.Keeping) else None,
        announced=agreed is not None or outbox.posted(store, forum, "record.announced") is not None,
        seals=tuple((position, at) for position, at, _ in seals),
        done=done,
        kept_back={what: _kept_back(store, forum, what) for what in contents.KINDS},
        unposted=unposted,
        unasked=tuple(name for name in unposted if not bundles.asked_for(store, forum, name)),
        homeserver_at=_homeserver_at(store, forum),
        count=_older(store, forum, "messages", done["messages"], before[0])
        + _older(store, forum, "media", done["media"], before[1]),
    )


def _done(store: Store, forum: str, what: str) -> int:
    return int(meta.get(store, f"destroyed:{forum}:{what}") or 0)


def _newest(store: Store, forum: str, kind: str) -> f.AnyFact | None:
    row = store.one(
        "SELECT body FROM fact WHERE forum = ? AND kind = ? ORDER BY position DESC LIMIT 1", (forum, kind)
    )
    return decode(bytes(row[0])) if row and row[0] is not None else None


def _kept_back(store: Store, forum: str, what: str) -> int:
    return store.count("SELECT COUNT(*) FROM kept_back WHERE forum = ? AND what = ?", (forum, what))


def _homeserver_at(store: Store, forum: str) -> int:
    """When the homeserver took our newest message, by its own clock."""
    row = store.one(
        "SELECT body FROM inbox WHERE state = 'own' AND forum = ? ORDER BY batch DESC, place DESC LIMIT 1", (forum,)
    )
    return decode_event(bytes(row[0])).origin_ts if row else 0


def _older(store: Store, forum: str, what: str, done: int, before: int) -> int:
    cut = _cut(store, forum, before)
    kinds = contents.KINDS[what]
    return store.count(
        f"SELECT COUNT(*) FROM (SELECT 1 FROM fact WHERE forum = ? AND kind IN ({_marks(kinds)})"
        f" AND position > ? AND position <= ? LIMIT {COUNTED}) AS aged",
        (forum, *kinds, done, cut),
    )


def _cut(store: Store, forum: str, before: int) -> int:
    """The position of the newest seal that was made before a time."""
    row = store.one(
        "SELECT position FROM fact WHERE forum = ? AND kind = 'week_sealed' AND at < ?"
        " ORDER BY position DESC LIMIT 1",
        (forum, before),
    )
    return row[0] if row else 0


# Which records may go


def aged(store: Store, forum: str, look: Look) -> Aged:
    """The records of a look, each with whether something open rests on it; the first of them if there are many."""
    kinds = contents.KINDS[look.what]
    if look.again:
        rows = store.all(
            "SELECT f.position, f.kind, f.body FROM kept_back k"
            " JOIN fact f ON f.forum = k.forum AND f.position = k.position"
            " WHERE k.forum = ? AND k.what = ? AND k.position > ? ORDER BY k.position LIMIT ?",
            (forum, look.what, look.after, LOOK_LIMIT),
        )
    else:
        rows = store.all(
            f"SELECT position, kind, body FROM fact WHERE forum = ? AND position > ? AND position <= ?"
            f" AND kind IN ({_marks(kinds)}) AND body IS NOT NULL ORDER BY position LIMIT ?",
            (forum, look.after, look.upto, *kinds, LOOK_LIMIT),
        )
    upto = rows[-1][0] if len(rows) == LOOK_LIMIT else look.upto
    matters = _Matters(store, forum)
    return Aged(
        records=tuple(
            matters.aging(position, kind, decode(bytes(body))) for position, kind, body in rows if body is not None
        ),
        upto=upto,
        weeks=() if look.again else _weeks(store, forum, look.after, upto),
    )


def _weeks(store: Store, forum: str, after: int, upto: int) -> tuple[str, ...]:
    rows = store.all(
        "SELECT body FROM fact WHERE forum = ? AND kind = 'week_sealed' AND position > ? AND position <= ?"
        " ORDER BY position",
        (forum, after, upto),
    )
    return tuple(_named(bytes(row[0])).week for row in rows if row[0] is not None)


class _Matters:
    """What records belong to, and whether that is settled: an order with all that answers it is one matter."""

    def __init__(self, store: Store, forum: str) -> None:
        self._store = store
        self._forum = forum
        self._known: dict[str, tuple[bool, int]] = {}

    def aging(self, position: int, kind: str, fact: f.AnyFact) -> Aging:
        numbers = self._numbers(fact)
        found = [self._standing(number) for number in numbers]
        return Aging(
            position=position,
            kind=kind,
            open=any(is_open for is_open, _ in found),
            touched=max((touched for _, touched in found), default=0),
            sha256=fact.sha256 if isinstance(fact, f.EvidenceJudged) else "",
            readable=fact.readable_sha256 if isinstance(fact, f.EvidenceJudged) else "",
        )

    def _numbers(self, fact: f.AnyFact) -> set[str]:
        """The orders, reports and decisions that a fact is about."""
        numbers: set[str | None] = set()
        match fact:
            case f.Message() | f.Edited() | f.Refused():
                numbers |= self._of_event(fact.event)
            case f.EvidencePaired() | f.EvidenceJudged():
                numbers |= {fact.report, *self._of_event(fact.event)}
            case f.Emergency():
                numbers.add(fact.report)
            case f.Directive() | f.DirectiveChanged() | f.Report() | f.ReportChanged() | f.Decision():
                numbers.add(fact.number)
            case _:
                pass
        return {number for number in numbers if number}

    def _of_event(self, event: str) -> set[str | None]:
        store = self._store
        rows = store.all("SELECT number FROM message WHERE event = ? AND forum = ?", (event, self._forum))
        rows += store.all("SELECT report FROM media WHERE event = ? AND forum = ?", (event, self._forum))
        return {row[0] for row in rows}

    def _standing(self, number: str) -> tuple[bool, int]:
        known = self._known.get(number)
        if known is None:
            directive = self._one("SELECT directive FROM report WHERE forum = ? AND number = ?", number)
            matter = directive[0] if directive and directive[0] else number
            known = self._known[number] = self._whole(matter)
        return known

    def _whole(self, number: str) -> tuple[bool, int]:
        """Whether a matter is open, and when it moved last."""
        store, at = self._store, (self._forum, number)
        is_open, touched = False, 0
        order = self._one("SELECT state, issued_at FROM directive WHERE forum = ? AND number = ?", number)
        if order is not None:
            touched = order[1]
            tasks = store.all("SELECT state, at FROM task WHERE forum = ? AND directive = ?", at)
            running = order[0] != "cancelled"
            is_open = running and any(state in OWING or state == "reported" for state, _ in tasks)
            touched = max([touched, *(moved for _, moved in tasks)])
        reports = store.all(
            "SELECT state, changed_at FROM report WHERE forum = ? AND directive = ?"
            " UNION ALL SELECT state, changed_at FROM report WHERE forum = ? AND number = ?",
            (*at, *at),
        )
        is_open = is_open or any(state in UNSETTLED for state, _ in reports)
        return is_open, max([touched, *(moved for _, moved in reports)])

    def _one(self, sql: str, number: str) -> Row | None:
        return self._store.one(sql, (self._forum, number))


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))
