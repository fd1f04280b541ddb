"""Photos and videos that people look at: their projection, and what rules and cards read of them."""

from __future__ import annotations

from bridge.ledger.store import Row, Store
from bridge.model import facts as f
from bridge.model.situation import PREVIEW, Checked, CheckView, FirstUse, MediaView, Use, may_count

LIMIT, MANY = 20, 200


# The projection


def opened(store: Store, forum: str, fact: f.CheckOpened) -> None:
    """A photo or video waits from now on."""
    store.run(
        "INSERT INTO evidence_check (forum, number, event, place, report, person, unit, why, appeal, words,"
        " private, earlier_event, earlier_place, earlier_report, state, by_whom, cause, due, at)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,'open','','',?,?)",
        (
            forum,
            fact.number,
            fact.event,
            fact.index,
            fact.report,
            fact.person,
            fact.unit,
            "\n".join(fact.why),
            fact.appeal,
            fact.words,
            int(fact.private),
            fact.earlier_event,
            fact.earlier_index,
            fact.earlier_report,
            fact.due,
            fact.at,
        ),
    )


def settled(store: Store, forum: str, fact: f.EvidenceSettled) -> None:
    """It has another verdict now; what counts is known when the same bytes come again."""
    store.run("UPDATE media SET verdict = ? WHERE event = ? AND place = ?", (fact.verdict, fact.event, fact.index))
    if fact.check:
        state = "open" if fact.verdict == "held" else fact.verdict
        store.run(
            "UPDATE evidence_check SET state = ?, by_whom = ?, cause = ? WHERE forum = ? AND number = ?",
            (state, fact.by, fact.cause, forum, fact.check),
        )
    if fact.verdict in ("ok", "unchecked", "held"):
        row = store.one("SELECT sha256, report FROM media WHERE event = ? AND place = ?", (fact.event, fact.index))
        if row is not None:
            claim(store, forum, row[0], fact.event, fact.index, row[1], fact.at)


def dropped(store: Store, forum: str, fact: f.CheckDropped) -> None:
    """Nobody needs to look any more."""
    store.run(
        "UPDATE evidence_check SET state = 'dropped', by_whom = ?, cause = ? WHERE forum = ? AND number = ?",
        (fact.by, fact.cause, forum, fact.number),
    )


def claim(store: Store, forum: str, sha256: str, event: str, index: int, report: str | None, at: int) -> None:
    """These bytes are used here first, unless somebody else's use of them counts, or may yet."""
    if not sha256:
        return
    user = first_user(store, sha256)
    if user is not None and user.counts and user.forum != f"{forum}{PREVIEW}":
        return
    store.run(
        "INSERT INTO first_use (sha256, forum, event, place, report, at) VALUES (?,?,?,?,?,?)"
        " ON CONFLICT (sha256) DO UPDATE SET forum = excluded.forum, event = excluded.event,"
        " place = excluded.place, report = excluded.report, at = excluded.at",
        (sha256, forum, event, index, report, at),
    )


def first_user(store: Store, sha256: str) -> FirstUse | None:
    """Where these bytes were first recorded, in any forum, and whether that counts."""
    row = store.one(
        "SELECT u.forum, u.event, u.place, u.report, m.verdict, r.state FROM first_use u"
        " LEFT JOIN media m ON m.event = u.event AND m.place = u.place"
        " LEFT JOIN report r ON r.forum = u.forum AND r.number = u.report WHERE u.sha256 = ?",
        (sha256,),
    )
    if row is None:
        return None
    forum, event, place, report, verdict, state = row
    counts = may_count(report, verdict or "", state or "")
    return FirstUse(forum, event, place, report, counts)


def replaced(store: Store, forum: str, fact: f.MediaReplaced) -> None:
    """The file of an edit belongs to the report of the message that it edits."""
    store.run(
        "INSERT INTO media (event, place, forum, room, person, unit, kind, mxc, received_at, thread, reply_to,"
        " report, verdict, sha256, mime, replaces) SELECT ?,?,?,?,?,?,?,?,?,?,NULL,"
        " (SELECT report FROM media WHERE event = ? ORDER BY place LIMIT 1),'pending','','',?"
        " ON CONFLICT DO NOTHING",
        (
            fact.event,
            fact.index,
            forum,
            fact.room,
            fact.person,
            fact.unit,
            fact.kind_of_media,
            fact.mxc,
            fact.at,
            fact.thread,
            fact.replaces,
            fact.replaces,
        ),
    )


def blank(store: Store, forum: str, fact: f.CheckOpened) -> None:
    """Take the sender's words out."""
    store.run("UPDATE evidence_check SET words = '' WHERE forum = ? AND number = ?", (forum, fact.number))


def earlier(forum: str, fact: f.EvidenceJudged) -> tuple[str | None, int, str | None]:
    """(event, index, report) of the picture in this forum that a judged one is, or is like."""
    if fact.first_event is not None and fact.first_forum in (forum, None):
        return fact.first_event, fact.first_index, fact.first_report
    if fact.alike_event is not None and fact.alike_forum == forum:
        return fact.alike_event, fact.alike_index, fact.alike_report
    return None, 0, None


# What is read of it

_CHECK = (
    "SELECT c.number, c.event, c.place, c.report, c.person, c.unit, c.why, c.appeal, c.words, c.private,"
    " c.earlier_event, c.earlier_place, c.earlier_report, c.state, c.by_whom, c.due, m.kind, m.mxc, m.room,"
    " m.report, m.verdict, m.received_at, m.replaces, EXISTS (SELECT 1 FROM asked a WHERE a.forum = c.forum"
    " AND a.what = 'check' AND a.about = c.number) FROM evidence_check c"
    " LEFT JOIN media m ON m.event = c.event AND m.place = c.place"
)


def _check(row: Row) -> CheckView:
    return CheckView(
        number=row[0],
        event=row[1],
        index=row[2],
        report=row[3],
        person=row[4],
        unit=row[5],
        why=tuple(filter(None, row[6].split("\n"))),
        appeal=row[7],
        words=row[8],
        private=bool(row[9]),
        earlier_event=row[10],
        earlier_index=row[11],
        earlier_report=row[12],
        state=row[13],
        by=row[14],
        due=row[15],
        shown=bool(row[23]),
        media=MediaView(
            event=row[1],
            index=row[2],
            kind=row[16],
            mxc=row[17],
            room=row[18],
            report=row[19],
            verdict=row[20],
            received_at=row[21],
            replaces=row[22],
        )
        if row[16] is not None
        else None,
    )


def check_view(store: Store, forum: str, number: str) -> CheckView | None:
    """What waits under a number, or did."""
    row = store.one(f"{_CHECK} WHERE c.forum = ? AND c.number = ?", (forum, number))
    return _check(row) if row else None


def settled_by(store: Store, forum: str, cause: str) -> tuple[CheckView, ...]:
    """What an event has settled, as far as nothing has moved it since."""
    rows = store.all(
        f"{_CHECK} WHERE c.cause = ? AND c.forum = ? AND c.state IN ('ok', 'declined') AND m.verdict = c.state"
        " LIMIT ?",
        (cause, forum, LIMIT),
    )
    return tuple(map(_check, rows))


def open_of(store: Store, event: str) -> tuple[CheckView, ...]:
    """What waits of a message."""
    rows = store.all(f"{_CHECK} WHERE c.event = ? AND c.state = 'open' ORDER BY c.place LIMIT ?", (event, LIMIT))
    return tuple(map(_check, rows))


def open_of_report(store: Store, forum: str, report: str) -> tuple[CheckView, ...]:
    """What waits of a report, oldest first."""
    rows = store.all(
        f"{_CHECK} WHERE c.forum = ? AND c.report = ? AND c.state = 'open' ORDER BY c.at, c.event, c.place LIMIT ?",
        (forum, report, LIMIT),
    )
    return tuple(map(_check, rows))


def open_under(store: Store, forum: str, directive: str) -> tuple[CheckView, ...]:
    """What waits of the reports by which units have fulfilled an order."""
    rows = store.all(
        f"{_CHECK} JOIN task t ON t.forum = c.forum AND t.report = c.report"
        " WHERE t.forum = ? AND t.directive = ? AND c.state = 'open' ORDER BY c.at, c.event, c.place LIMIT ?",
        (forum, directive, MANY),
    )
    return tuple({check.number: check for check in map(_check, rows)}.values())


def unshown(store: Store, forum: str, limit: int) -> tuple[CheckView, ...]:
    """What waits and has no card yet, oldest first."""
    rows = store.all(
        f"{_CHECK} WHERE c.forum = ? AND c.state = 'open' AND NOT EXISTS (SELECT 1 FROM asked WHERE"
        " asked.forum = c.forum AND asked.what = 'check' AND asked.about = c.number)"
        " ORDER BY c.at, LENGTH(c.number), c.number LIMIT ?",
        (forum, limit),
    )
    return tuple(map(_check, rows))


def uses(store: Store, forum: str, sha256: str) -> tuple[Use, ...]:
    """Where the same bytes were used in a forum before, oldest first."""
    rows = store.all(
        "SELECT m.event, m.place, m.report, COALESCE(r.unit, m.unit), COALESCE(r.person, m.person), r.directive,"
        " m.received_at, m.verdict, r.state FROM media m LEFT JOIN report r ON r.forum = m.forum"
        " AND r.number = m.report WHERE m.sha256 = ? AND m.forum = ?"
        " ORDER BY m.received_at, m.event, m.place LIMIT ?",
        (sha256, forum, LIMIT),
    )
    return tuple(
        Use(
            event=row[0],
            index=row[1],
            report=row[2],
            unit=row[3],
            person=row[4],
            directive=row[5],
            at=row[6],
            counts=may_count(row[2], row[7], row[8] or ""),
        )
        for row in rows
    )


_CHECKED = (
    "SELECT m.event, m.place, m.room, m.kind, m.report, m.person, m.unit, m.verdict, m.held_for, m.received_at,"
    " m.earlier_event, m.earlier_place, m.earlier_report FROM media m"
)


def checked(
    store: Store, forum: str, *, person: str, since: int, event: str | None, report: str | None
) -> tuple[Checked, ...]:
    """What a person sent, newest first: of one message, of one report, or since a time."""
    params: list[str | int]
    if event is not None:
        where, params = "m.event = ? AND m.forum = ?", [event, forum]
    elif report is not None:
        where, params = "m.report = ? AND m.forum = ?", [report, forum]
    else:
        where, params = "m.forum = ? AND m.person = ? AND m.received_at >= ?", [forum, person, since]
    rows = store.all(
        f"{_CHECKED} WHERE {where} ORDER BY m.received_at DESC, m.event DESC, m.place DESC LIMIT ?",
        (*params, LIMIT),
    )
    found = []
    for row in rows:
        asked = store.all(
            "SELECT number, state, appeal FROM evidence_check WHERE event = ? AND place = ? LIMIT ?",
            (row[0], row[1], LIMIT),
        )
        found.append(
            Checked(
                event=row[0],
                index=row[1],
                room=row[2],
                kind=row[3],
                report=row[4],
                person=row[5],
                unit=row[6],
                verdict=row[7],
                why=tuple(filter(None, row[8].split("\n"))),
                received_at=row[9],
                earlier_event=row[10],
                earlier_index=row[11],
                earlier_report=row[12],
                appealed=any(appeal for _, _, appeal in asked),
                waits=next((number for number, state, _ in asked if state == "open"), ""),
            )
        )
    return tuple(found)
