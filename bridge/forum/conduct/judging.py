"""Which rule a message meets, and what is asked before that is known.

What can be seen in the message itself is looked at first; the ledger is asked only where a rule may be met. A
message gets one answer, whatever number of rules it meets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from bridge.forum import quiet
from bridge.forum.acts import Series
from bridge.forum.book import Book
from bridge.forum.conduct import content, folding, ladder, moving
from bridge.forum.conduct.case import Case, sent
from bridge.forum.conduct.content import Held
from bridge.forum.conduct.ladder import Met
from bridge.forum.item import Taken
from bridge.model import facts as f
from bridge.model.clock import moment, ms
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import ConductLook, ConductView, Needs, Outcome, Paced, Situation
from bridge.policy.conduct import Conduct, ContentRule
from bridge.policy.roster import Standing

FLOOD, EDITS, NIGHT, OFF_TOPIC = "flood", "edits", "quiet_hours", "off_topic"

ALBUM = frozenset({"image", "video", "audio", "file"})
"""Media of which any number counts as one message: what reports are made of."""

ORDINARY = frozenset({"chatter", "unsure", "question"})
"""Labels of what can wait for the morning."""


def ask(wanted: Needs, taken: Taken, book: Book) -> Needs:
    """What a message's rule wants to know, and beside it what the rules on messages do; nothing when none is on."""
    look = _look(taken, book) if wanted.conduct is None else None
    return replace(wanted, conduct=look) if look is not None else wanted


def _look(taken: Taken, book: Book) -> ConductLook | None:
    policy, event = book.policy.conduct, taken.event
    if not taken.spoken.is_message or taken.room in (book.rooms.get("control"), book.rooms.get("audit")):
        return None
    edits = taken.spoken.edits is not None
    pace, limit, within = (
        ("edits", policy.edits.edits, policy.edits.within)
        if edits
        else ("messages", policy.flood.messages, policy.flood.within)
    )
    standing = book.standing(event.sender, taken.at)
    sent_at = sent(taken, book)
    rules = [rule.name for rule, _ in _contents(taken, standing, book, None)]
    if not edits:
        if _says_off_topic(taken, book):
            rules.append(OFF_TOPIC)
        if _disturbs(standing, sent_at, book):
            rules.append(NIGHT)
    if not limit and not rules:
        return None
    person = standing.person.id if standing is not None else event.sender
    known = book.roster.user_ids(person, moment(taken.at)) if standing is not None else ()
    return ConductLook(
        person=person,
        senders=tuple(dict.fromkeys((event.sender, *known)))[:5],
        pace=pace if limit else "",
        since=sent_at - ms(within),
        limit=limit,
        pace_rule=EDITS if edits else FLOOD,
        settled_after=None if rules else _settled_after(sent_at, taken.at, policy),
        rules=tuple(rules),
        remembered=sent_at - ms(policy.memory),
        moved=event.event_id if OFF_TOPIC in rules else "",
    )


def _settled_after(sent_at: int, received_at: int, policy: Conduct) -> int | None:
    """A step for something sent after this lets the pace rest; None where what comes late is listed anyway."""
    return None if received_at - sent_at > ms(policy.backlog) else sent_at - ms(policy.pause)


def judge(taken: Taken, outcome: Outcome, situation: Situation, book: Book, now: int) -> Outcome:
    """Add to a message's outcome what follows from the rules on messages. They act in the stage enforce only."""
    view = situation.conduct
    recorded = next((fact for fact in outcome.facts if isinstance(fact, f.Message | f.Edited)), None)
    if view is None or not view.steps or recorded is None or situation.stage != "enforce":
        # What is remembered was asked of each rule that may be met: there is none.
        return outcome
    event = taken.event
    case = Case(
        event=event.event_id,
        room=taken.room,
        user=event.sender,
        standing=book.standing(event.sender, taken.at),
        person=view.person,
        sent_at=sent(taken, book),
        view=view,
        book=book,
        series=Series(situation, book),
        now=now,
    )
    for met in _met(taken, case, recorded, outcome, situation):
        return outcome.merge(ladder.climb(met, case))
    if isinstance(recorded, f.Message):
        if _says_off_topic(taken, book) and not case.spared:
            return outcome.merge(moving.by_words(taken, case))
        if _waits_for_morning(case, recorded, outcome, situation):
            return outcome.merge(_good_night(case))
    return outcome


def _met(
    taken: Taken, case: Case, recorded: f.Message | f.Edited, outcome: Outcome, situation: Situation
) -> Iterator[Met]:
    """The rules that a message meets, those of the policy first."""
    for rule, about in _contents(taken, case.standing, case.book, situation):
        yield Met(rule.name, about, rule.steps, redact=rule.redact, say=rule.say or "")
    policy = case.book.policy.conduct
    if isinstance(recorded, f.Edited):
        if policy.edits.edits and len(_paced(case, EDITS)) + 1 >= policy.edits.edits:
            yield Met(EDITS, EDITS, policy.edits.steps)
        return
    alarm = any(isinstance(fact, f.Emergency) for fact in outcome.facts)
    orders = recorded.label == "directive"
    kinds = tuple(part.kind for part in recorded.media)
    if not policy.flood.messages or alarm or orders or _is_album(kinds):
        return
    if _count((Paced(case.sent_at, recorded.label, kinds), *_paced(case, FLOOD))) >= policy.flood.messages:
        yield Met(FLOOD, FLOOD, policy.flood.steps)


def _paced(case: Case, rule: str) -> tuple[Paced, ...]:
    """What came before within the time, after the last step: what a step was taken for counts no more."""
    remembered = case.view.steps.get(rule, ())
    after = remembered[0].sent_at if remembered else 0
    return tuple(one for one in case.view.pace if after < one.sent_at <= case.sent_at)


def _count(paced: Collection[Paced]) -> int:
    """How many messages these are: photos are one together, orders none."""
    counted = [one for one in paced if one.label != "directive"]
    albums = sum(_is_album(one.kinds) for one in counted)
    return len(counted) - albums + min(albums, 1)


def _is_album(kinds: tuple[str, ...]) -> bool:
    return bool(kinds) and all(kind in ALBUM for kind in kinds)


def _contents(
    taken: Taken, standing: Standing | None, book: Book, situation: Situation | None
) -> Iterator[tuple[ContentRule, str]]:
    """Content rules that a message meets, each with what meets it; without a situation, those it may meet."""
    rules = [rule for rule in book.policy.conduct.rules if _applies(rule, standing, taken.room, book, situation)]
    if not rules:
        return
    held = content.holds(taken.event, taken.spoken)
    before: Held | None = None
    if situation is not None and taken.spoken.edits and situation.subject is not None:
        before = content.held_before(situation.subject.text)
    for rule in rules:
        about = content.met(rule, held, before)
        if about:
            yield rule, about


def _applies(
    rule: ContentRule, standing: Standing | None, room: str, book: Book, situation: Situation | None
) -> bool:
    if rule.rooms and not _in_one_of(rule.rooms, room, book, situation):
        return False
    if among(standing, rule.excepting):
        return False
    return not rule.applies_to or among(standing, rule.applies_to)


def _in_one_of(rooms: tuple[str, ...], room: str, book: Book, situation: Situation | None) -> bool:
    """Whether a room is meant: by its id, its name, or its kind, which only the situation knows of a group."""
    if room in rooms or book.all_rooms.get(room) in rooms:
        return True
    return "group" in rooms if situation is None else situation.room.kind in rooms


def among(standing: Standing | None, listed: Collection[str]) -> bool:
    """Whether somebody is meant by a list of roles, units and persons."""
    if standing is None or not listed:
        return False
    mine = {standing.person.id, *standing.roles, *(unit.id for unit in standing.units)}
    return not mine.isdisjoint(listed)


def _says_off_topic(taken: Taken, book: Book) -> bool:
    phrases = book.policy.conduct.off_topic.words
    return bool(phrases) and folding.says(folding.words(taken.spoken.text), phrases)


def _disturbs(standing: Standing | None, sent_at: int, book: Book) -> bool:
    """Whether somebody who is not on duty writes in the quiet hours, and is to hear of it."""
    night = book.policy.conduct.night
    if not night.notice or standing is None or among(standing, night.duty):
        return False
    return quiet.quiet(sent_at, book, quiet.units_of(standing))


def _waits_for_morning(case: Case, recorded: f.Message, outcome: Outcome, situation: Situation) -> bool:
    if recorded.label not in ORDINARY or not _disturbs(case.standing, case.sent_at, case.book) or case.spared:
        return False
    # A photo that was paired with a report is part of it.
    return not any(isinstance(fact, f.Emergency | f.Report | f.EvidencePaired) for fact in outcome.facts)


def _good_night(case: Case) -> Outcome:
    """The message is kept and read in the morning; its author hears of it once a night."""
    if case.late:
        return case.noted(NIGHT, NIGHT, "late")
    begins = quiet.since(case.sent_at, case.book, quiet.units_of(case.standing)) or 0
    view: ConductView = case.view
    if any(one.sent_at >= begins for one in view.steps.get(NIGHT, ())):
        return case.noted(NIGHT, NIGHT, "listed")
    outcome = case.noted(NIGHT, NIGHT, "remind")
    contact = case.book.policy.membership.contact or case.book.reasons.get("contact", "")
    about: dict[str, Value] = {"forum": case.book.policy.forum.name, "at": case.book.iso(case.sent_at)}
    holiday = case.book.holiday(case.sent_at)
    if holiday:
        about["holiday"] = holiday
    outcome.effects.append(
        Say(
            person=case.person,
            key="conduct.holiday" if holiday else "conduct.quiet_hours",
            values=about,
            lines=(Line("conduct.contact", {"contact": contact}),),
            ref=f"conduct:{case.event}",
        )
    )
    return outcome
