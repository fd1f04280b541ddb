"""Coaching: a welcome for whoever comes for the first time, and a hint for whoever meets the same difficulty again.

Both are said in private, never in quiet hours, never in a room. What did not work is noted as it happens; whether a
hint is due is looked at when a timer fires, so that no message costs more because of it.
"""

from __future__ import annotations

from bridge.forum import quiet, taking_part, weeks
from bridge.forum.book import Book
from bridge.forum.command import Command, reply
from bridge.forum.item import Taken
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Line, Say, Timer, Value
from bridge.model.situation import Needs, Outcome, Situation
from bridge.policy.roster import Standing

DAY_MS = 24 * 3600 * 1000
WINDOW_MS = 14 * DAY_MS
WEEK_MS = 7 * DAY_MS
LATER_MS = 5 * 60 * 1000
"""A hint comes a little after what it is about: the room has said by then what it had to say."""

NAMES = 15
"""How many people a line names."""

KINDS = ("no_photo", "file", "number", "command", "right", "clear_text", "unreadable")
_UNFIT = frozenset(
    f"evidence.{verdict}"
    for verdict in (
        *("empty", "not_media", "unsupported", "truncated", "too_large", "too_small", "too_short"),
        *("animated", "blank", "view_once"),
    )
)
_SAID = {
    "number.unknown": "number",
    "number.no_directive": "number",
    "command.unknown": "command",
    "command.near": "command",
}


def arrived(user: str, room: str, situation: Situation, book: Book, now: int) -> Outcome:
    """A listed person joined: welcomed by a timer. Whoever was there when the room was adopted knows it."""
    standing = book.standing(user, now)
    if standing is None or room != book.rooms.get("forum") or not book.policy.coaching.welcome:
        return Outcome()
    if any(member.user == user and member.adopted for member in situation.members.get(room, ())):
        return Outcome()
    person = standing.person.id
    due = waking(now, book, standing)
    return Outcome(timers=[Timer(name=f"welcome:{person}", due=due, kind="welcome", about=person)])


def welcome_needs(taken: Taken, book: Book) -> Needs:
    """Whether this person was ever welcomed, and whether the forum only moved house."""
    return Needs(
        asked_since=("coaching.welcome", 0),
        asked_person=taken.timer.about,
        predecessor_of=book.rooms.get("forum"),
    )


def welcome(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Three sentences in a direct chat, once, and a picture of the thing to do."""
    person = taken.timer.about
    if situation.asked or situation.replaces_another or book.roster.standing_of(person, moment(now)) is None:
        # Whoever comes from the room before this one knows the forum.
        return Outcome()
    said = Say(
        person=person, key="coaching.welcome", values={"forum": book.policy.forum.name}, ref=f"welcome:{person}"
    )
    shown = Say(person=person, key="coaching.welcome_picture", picture=True, ref=f"welcome:{person}:picture")
    return Outcome(
        facts=[f.Asked(what="coaching.welcome", about=person, person=person, at=now)], effects=[said, shown]
    )


def noticed(taken: Taken, outcome: Outcome, situation: Situation, book: Book, now: int) -> None:
    """Note what did not work for somebody, and look a little later whether a hint would help."""
    if not book.policy.coaching.hints:
        return
    for person, kind in dict.fromkeys(_difficulties(taken, outcome, situation, book)):
        outcome.facts.append(f.Struggled(what=kind, person=person, about=taken.key, at=now))
        due = waking(now + LATER_MS, book, book.roster.standing_of(person, moment(now)))
        outcome.timers.append(
            Timer(name=f"hint:{person}:{kind}", due=due, kind="hint", about=f"{kind} {person}", keep=True)
        )


def _difficulties(taken: Taken, outcome: Outcome, situation: Situation, book: Book) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for fact in outcome.facts:
        match fact:
            case f.ReportChanged(state="incomplete") if fact.by.startswith("rule:"):
                report = situation.report
                if report is not None and report.number == fact.number:
                    found.append((report.person, "no_photo"))
            case f.Asked(person=str(person)) if fact.what in _UNFIT:
                found.append((person, "file"))
            case f.Asked(what="key", person=str(person)):
                found.append((person, "unreadable"))
            case f.Refused(why="clear_text" | "no_authority") if who := book.standing(fact.sender, taken.at):
                found.append((who.person.id, "clear_text" if fact.why == "clear_text" else "right"))
    if taken.kind not in ("event", "opened"):
        return found
    kinds = {_SAID[one.key] for one in outcome.effects if isinstance(one, Say) and one.key in _SAID}
    author = book.standing(taken.event.sender, taken.at) if kinds else None
    return found + [(author.person.id, kind) for kind in sorted(kinds) if author is not None]


def hint_needs(taken: Taken, book: Book) -> Needs:
    """How often it happened of late, and whether a hint was given within the week."""
    kind, _, person = taken.timer.about.partition(" ")
    since = taken.timer.due - WEEK_MS
    return Needs(
        struggles_since=taken.timer.due - WINDOW_MS,
        asked_since=(f"coaching.hint_{kind}", since),
        asked_person=person,
    )


def hint(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Somebody met the same difficulty several times: what mends it is told to them alone."""
    kind, _, person = taken.timer.about.partition(" ")
    times = sum(one.what == kind and one.person == person for one in situation.struggles)
    standing = book.roster.standing_of(person, moment(now))
    if situation.asked or standing is None or kind not in KINDS or times < book.policy.coaching.after:
        return Outcome()
    key = f"coaching.hint_{kind}"
    about = f"{person} {taken.timer.due}"
    return Outcome(
        facts=[f.Asked(what=key, about=about, person=person, at=now)],
        effects=[Say(person=person, key=f"coaching.hint_{kind}", ref=f"hint:{about}")],
    )


def waking(at: int, book: Book, standing: Standing | None) -> int:
    """This moment, or the end of the quiet hours or holidays of that person in which it lies."""
    return quiet.until(at, book, quiet.units_of(standing))


def overview(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """Who has not come in or never opened the forum, and who met difficulties of late; for those who run it."""
    here = {m.user: m.membership for m in situation.members.get(book.rooms.get("forum", ""), ())}
    invited: list[str] = []
    uninvited: list[str] = []
    for due in book.roster.persons_due(moment(now)):
        states = {here.get(user, "") for user in due.user_ids}
        if "join" not in states:
            (invited if "invite" in states else uninvited).append(due.standing.person.name)
    lines = []
    if invited:
        lines.append(Line("coaching.invited", {"count": len(invited), "names": taking_part.some(invited)}))
    if uninvited:
        lines.append(Line("coaching.absent", {"count": len(uninvited), "names": taking_part.some(uninvited)}))
    lines += taking_part.lines(weeks.week_of(now, book), weeks.week_begin(now, book), situation, book, now)
    counts: dict[tuple[str, str], int] = {}
    for one in situation.struggles:
        counts[one.person, one.what] = counts.get((one.person, one.what), 0) + 1
    for (person, kind), count in sorted(counts.items(), key=lambda item: -item[1])[:NAMES]:
        if kind in KINDS and count > 1:
            known = book.roster.person(person)
            values: dict[str, Value] = {"name": known.name if known else person, "count": count}
            lines.append(Line(f"coaching.met_{kind}", values))
    return reply(taken, "coaching.title" if lines else "coaching.nothing", {}, lines)


def overview_needs(taken: Taken, book: Book) -> Needs:
    """Who is in the rooms and takes part, and what did not work of late."""
    return Needs(members=True, struggles_since=taken.at - WINDOW_MS, part=taking_part.whose(book, taken.at))


HANDLERS = {"coaching": overview}
