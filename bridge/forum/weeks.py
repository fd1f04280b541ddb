"""The forum's own times: the week that is sealed, the head that is posted daily, the date that changes."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from bridge.forum import taking_part
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.model import facts as f
from bridge.model.clock import milliseconds, moment
from bridge.model.effects import PostBundle, Refresh, Timer
from bridge.model.situation import Needs, Outcome, PartNeed, Situation
from bridge.policy.types import WEEKDAYS

HEAD_TIME = time(5, 30)
"""When the chain's head of the day is posted, in the forum's zone: before the week is sealed."""


RETENTION_TIME = time(3, 0)
"""When it is looked for contents whose retention is over: after the day's end, before its head is posted."""


def needs(taken: Taken, book: Book) -> Needs:
    """The last cut and the open gaps; for a seal also who is in the room and has read there."""
    if taken.kind != "timer":
        return Needs(last_seen=taken.kind == "start")
    sealing_now = taken.timer.kind == "week"
    return Needs(week=True, members=sealing_now, part=PartNeed() if sealing_now else None)


def start(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A process begins to hold the forum: its standing timers are set, but for those that are overdue."""
    return Outcome(
        facts=[
            f.Started(
                version=book.software,
                rehearsal=book.rehearsal,
                preview=book.preview,
                down_since=situation.last_seen,
                at=now,
            )
        ],
        timers=[
            sealing(now, book),
            Timer(name="head", due=next_time(now, HEAD_TIME, book), kind="head", keep=True),
            Timer(name="retention", due=next_time(now, RETENTION_TIME, book), kind="retention", keep=True),
            Timer(name="midnight", due=next_time(now, time(0, 1), book), kind="midnight", keep=True),
            morning(now, book),
        ],
    )


def sealing(now: int, book: Book) -> Timer:
    """When the next week is sealed, by the policy in force; a seal that is overdue comes first."""
    return Timer(name="week", due=next_seal(now, book), kind="week", keep=True)


def morning(now: int, book: Book) -> Timer:
    """When the next morning digest is due, by the policy in force; one that is overdue comes first."""
    return Timer(name="morning", due=next_time(now, book.policy.morning.at, book), kind="morning", keep=True)


def next_time(now: int, at: time, book: Book) -> int:
    """The next moment at which the forum's clocks show a time of day."""
    local = book.local(now)
    when = datetime.combine(local.date(), at, book.policy.forum.zone)
    if milliseconds(when) <= now:
        when = datetime.combine(local.date() + timedelta(days=1), at, book.policy.forum.zone)
    return milliseconds(when)


def next_seal(now: int, book: Book) -> int:
    """The next moment at which a week is to be sealed."""
    week = book.policy.week
    local = book.local(now)
    ahead = (WEEKDAYS.index(week.seal_day) - local.weekday()) % 7
    when = datetime.combine(local.date() + timedelta(days=ahead), week.seal_time, book.policy.forum.zone)
    if milliseconds(when) <= now:
        when = datetime.combine(local.date() + timedelta(days=ahead + 7), week.seal_time, book.policy.forum.zone)
    return milliseconds(when)


def week_before(sealed_on: date, book: Book) -> tuple[date, date]:
    """The first day of the last whole week before a day, and the first day after it."""
    first = WEEKDAYS.index(book.policy.forum.week_start)
    ends = sealed_on - timedelta(days=(sealed_on.weekday() - first) % 7)
    return ends - timedelta(days=7), ends


def week_name(starts: date) -> str:
    """`2026-W47`: the ISO week to which most days of a week belong."""
    year, week, _ = (starts + timedelta(days=3)).isocalendar()
    return f"{year}-W{week:02d}"


def week_of(at: int, book: Book) -> str:
    """The week in which a moment lies."""
    return week_name(week_before(book.local(at).date(), book)[1])


def week_begin(at: int, book: Book) -> int:
    """When the week began in which a moment lies (ms)."""
    first = week_before(book.local(at).date(), book)[1]
    return milliseconds(datetime.combine(first, time(), book.policy.forum.zone))


def seal(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Seal the week before the due time, post its bundle, and wait for the next."""
    due = taken.timer.due
    starts, ends = week_before(book.local(due).date(), book)
    zone = book.policy.forum.zone
    name = week_name(starts)
    # From the due time on, not from now: after a long downtime every week that passed gets its seal.
    outcome = Outcome(timers=[Timer(name="week", due=next_seal(due, book), kind="week")])
    if situation.last_week == name:
        return outcome
    outcome.facts += taking_part.of_week(name, situation, book, now)
    outcome.facts.append(
        f.WeekSealed(
            week=name,
            starts=milliseconds(datetime.combine(starts, time(), zone)),
            ends=milliseconds(datetime.combine(ends, time(), zone)),
            previous=situation.last_cut,
            forum_name=book.policy.forum.name,
            language=book.policy.forum.language,
            timezone=book.policy.forum.timezone,
            policy_version=book.policy.version,
            policy_sha256=book.policy.digest,
            roster_version=book.roster.version,
            roster_sha256=book.roster.digest,
            units=tuple(f.UnitName(unit.id, unit.name, unit.short) for unit in book.roster.units()),
            persons=_persons(book, now),
            letters=dict(book.letters),
            role_names=dict(book.role_names),
            legal_note="\n".join(book.policy.record.legal_notes),
            rehearsal=book.rehearsal,
            preview=book.preview,
            open_gaps=situation.open_gaps,
            at=now,
        )
    )
    audit, forum = book.rooms.get("audit"), book.rooms.get("forum")
    if audit is not None and book.policy.week.post_bundle:
        outcome.effects.append(PostBundle(room=audit, week=name, ref=f"week:{name}.bundle"))
    if forum is not None:
        outcome.effects.append(Refresh(room=forum, card=f"week:{name}", ref=f"week:{name}.head"))
    return outcome


def _persons(book: Book, now: int) -> tuple[f.PersonName, ...]:
    return tuple(
        f.PersonName(
            id=due.standing.person.id,
            name=due.standing.person.name,
            unit=due.standing.unit.id if due.standing.unit else "",
            role=due.standing.role,
            acting=due.standing.acting,
            users=due.user_ids,
        )
        for due in book.roster.persons_due(moment(now))
    )


def post_head(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Post the chain's head of the day where many people keep it."""
    day = book.local(taken.timer.due).date().isoformat()
    outcome = Outcome(
        timers=[Timer(name="head", due=next_time(max(now, taken.timer.due), HEAD_TIME, book), kind="head")]
    )
    for kind in ("forum", "audit"):
        room = book.rooms.get(kind)
        if room is not None:
            outcome.effects.append(Refresh(room=room, card=f"head:{day}", ref=f"head:{day}.{kind}"))
    return outcome
