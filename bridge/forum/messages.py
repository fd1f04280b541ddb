"""The rule for messages: who speaks, what it answers, what it carries, what it says; in this order."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from bridge.forum import commands, conduct, consents, decisions, demands, emergencies, labelled, pairing, revising
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.meetings.heard import LEADING, hear
from bridge.forum.saying import Saying, clean, from_event, message_fact, text_hash
from bridge.forum.spoken import Spoken
from bridge.forum.tagging import Answered, Judgement, Tagger, Utterance
from bridge.model import facts as f
from bridge.model.clock import believed
from bridge.model.effects import Judge, Say
from bridge.model.event import Event, Trust
from bridge.model.numbered import number_in
from bridge.model.situation import Needs, Outcome, Situation, Subject
from bridge.policy.roster import Standing

LOOK_BACK_MS = 3 * 24 * 3600 * 1000
"""How far back open reports and unpaired photos of a person are looked at, at most."""


TOLD_ONCE_MS = 24 * 3600 * 1000
"""How long a person is not told again that a chat is not private."""


def needs(taken: Taken, book: Book) -> Needs:
    """What the rule wants to know, and the rules on messages with it."""
    return conduct.ask(_needs(taken, book), taken, book)


def _needs(taken: Taken, book: Book) -> Needs:
    event = taken.event
    spoken = taken.spoken
    if spoken.edits:
        return Needs(answers=(spoken.edits,))
    standing = book.standing(event.sender, taken.at)
    control = taken.room == book.rooms.get("control")
    command = commands.parse(spoken.text, book, direct=False, control=control, reply=spoken.reply_to is not None)
    if command is None and standing is not None and _is_floor(taken.room, book):
        command = commands.said_plainly(spoken, book)
    if command is not None:
        return _perhaps_private(commands.needs(command, standing, taken, book), standing, taken, book)
    slots = standing is not None and _may_fill_a_slot(spoken, standing, book)
    wanted = Needs(
        answers=spoken.answers,
        number=number_in(spoken.text, book.series),
        person=standing.person.id if standing and slots else None,
        since=taken.at - LOOK_BACK_MS,
        units=tuple(unit.id for unit in standing.units) if standing and slots else (),
        asked_since=("doubt", taken.at - 3600 * 1000) if standing and _may_be_asked_about(standing, book) else None,
    )
    if taken.room in book.all_rooms:
        wanted = decisions.more_needs(wanted, spoken, standing, book, taken.at)
        return consents.more_needs(wanted, spoken, standing, book, taken.at)
    # What kind of room it is shows only in the situation: in a direct chat the same words may be a command.
    bare = commands.parse(spoken.text, book, direct=True)
    if bare is None:
        return wanted
    more = commands.needs(bare, standing, taken, book)
    return _perhaps_private(_both(wanted, more), standing, taken, book)


def _is_floor(room: str, book: Book) -> bool:
    """Whether a room is one in which people talk: the forum itself or a working group."""
    return room == book.rooms.get("forum") or room in book.groups.values()


def _both(wanted: Needs, more: Needs) -> Needs:
    """What a message needs and, where the command that it may be asks for something, that too."""
    nothing = Needs()
    asked = {
        name: value for name in Needs.__struct_fields__ if (value := getattr(more, name)) != getattr(nothing, name)
    }
    return msgspec.structs.replace(wanted, **asked)


def _perhaps_private(wanted: Needs, standing: Standing | None, taken: Taken, book: Book) -> Needs:
    """In a direct chat that has more than two members, its person is told so, but not again and again."""
    if standing is None or taken.room in book.all_rooms:
        return wanted
    lately = ("privacy", standing.person.id, taken.at - TOLD_ONCE_MS)
    return msgspec.structs.replace(wanted, told_in_direct=lately)


def _may_fill_a_slot(spoken: Spoken, standing: Standing, book: Book) -> bool:
    """Whether open reports and tasks of the person can matter: not for talk and orders, which most messages are."""
    if spoken.media or spoken.answers:
        return True
    judgement = _classified(book.tagger, _alone(spoken, standing, book))
    return judgement.label in ("report", "acknowledgement") or bool(judgement.emergency)


def _alone(spoken: Spoken, standing: Standing | None, book: Book) -> Utterance:
    """A message that answers nothing, as the tagger sees it."""
    return Utterance(text=spoken.text, author_role=_role(standing, book), media=spoken.media_kind)


@lru_cache(maxsize=256)
def _classified(tagger: Tagger, utterance: Utterance) -> Judgement:
    """Kept for a moment: what a message is, is asked before its situation is gathered, and again with it."""
    return tagger.classify(utterance)


def _may_be_asked_about(standing: Standing, book: Book) -> bool:
    """Whether the experts may be asked what a message of this person is."""
    return standing.role in labelled.RELAYING or book.policy.may("order", standing.roles, standing.person.id)


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Record a message, and let follow what the rules on messages say."""
    return conduct.judge(taken, _decide(taken, situation, book, now), situation, book, now)


def _decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Record a message, label it, and let the label's builder do the rest."""
    event = taken.event
    spoken = taken.spoken
    if not spoken.is_message:
        return Outcome()
    standing = book.standing(event.sender, taken.at)
    refused = refusal(event, situation)
    if spoken.edits:
        return _edit(taken, spoken, standing, situation, book, now)
    kind = situation.room.kind
    command = commands.parse(
        spoken.text,
        book,
        direct=kind == "direct",
        control=kind == "control",
        reply=spoken.reply_to is not None,
    )
    if command is None and standing is not None and _is_floor(taken.room, book):
        command = commands.said_plainly(spoken, book)
    overheard = kind == "direct" and standing is not None and situation.room.alone_with != standing.person.id
    if command is not None and standing is not None and overheard:
        return _not_private(event, standing, situation, now)
    if command is not None and not refused:
        return commands.decide(command, standing, taken, situation, book, now)
    if command is not None and standing is not None and kind != "forum" and kind != "group":
        return _asked_again(event, standing, refused, now)
    if kind == "direct" and standing is not None and not refused and emergencies.called(spoken.text, book):
        return emergencies.pass_on(taken, standing, book, now)
    if situation.room.kind not in ("forum", "group"):
        # The control and audit rooms are for commands, a direct chat is private: their talk is not recorded.
        return Outcome()
    judgement = _judge(spoken, standing, situation, book)
    if _leads_a_meeting(spoken, standing, situation, book):
        judgement = LED
    if standing is None:
        return Outcome(facts=[_fact(taken, spoken, None, book, judgement, "chatter", None)])
    if refused:
        return _refused(taken, spoken, standing, book, judgement, refused, situation, now)
    saying = from_event(event, spoken, standing, taken.at)
    number, label, outcome = labelled.build(saying, judgement, situation, book, now)
    outcome.facts.insert(0, _fact(taken, spoken, standing, book, judgement, label, number))
    outcome.judges += _inspections(spoken, saying, situation, book)
    return outcome


def _fact(
    taken: Taken,
    spoken: Spoken,
    standing: Standing | None,
    book: Book,
    judgement: Judgement,
    label: str,
    number: str | None,
) -> f.Message:
    return message_fact(
        taken.event,
        spoken,
        standing,
        book,
        at=taken.at,
        label=label,
        confidence=judgement.confidence,
        why=judgement.why,
        number=number,
        late=taken.late,
    )


def _judge(spoken: Spoken, standing: Standing | None, situation: Situation, book: Book) -> Judgement:
    subject = situation.subject
    answered = None
    if subject is not None and not subject.ref:
        answered = Answered(author_role=subject.role, label=subject.label, text=subject.text)
    elif situation.directive is not None and subject is not None:
        # Our card speaks for the order that it shows.
        answered = Answered(author_role=situation.directive.role, label="directive", text=situation.directive.text)
    elif situation.report is not None and subject is not None:
        answered = Answered(author_role=situation.report.role, label="report", text=situation.report.text)
    return _classified(
        book.tagger,
        Utterance(text=spoken.text, author_role=_role(standing, book), media=spoken.media_kind, reply_to=answered),
    )


LED = Judgement("chatter", 1.0, why="meeting")


def _leads_a_meeting(spoken: Spoken, standing: Standing | None, situation: Situation, book: Book) -> bool:
    """Whether somebody leads a meeting by these words, or asks for the floor, and says nothing else."""
    if standing is None or spoken.media or book.policy.emergencies.hashtag.casefold() in spoken.text.casefold():
        return False
    leads = book.policy.may("meeting", standing.roles, standing.person.id)
    if situation.meeting is None and not leads:
        return False
    heard = hear(spoken.text, book.meeting_words, mentions=bool(spoken.mentions))
    if situation.meeting is None:
        return heard.kind == "open" and heard.only
    return heard.only and (leads or heard.kind not in LEADING)


def _role(standing: Standing | None, book: Book) -> str:
    """The role by which the tagger judges. A right that the policy gives by name counts as the office would."""
    if standing is None:
        return "unknown"
    if standing.role not in ("leader", "deputy", "secretary") and book.policy.may(
        "order", standing.roles, standing.person.id
    ):
        return "secretary"
    return standing.role


def refusal(event: Event, situation: Situation) -> str:
    """Why a message must not be acted on; empty when it may."""
    if event.encrypted and event.trust is Trust.MISMATCH:
        return "mismatch"
    if situation.room.encrypted and not event.encrypted:
        return "clear_text"
    return ""


def _refused(
    taken: Taken,
    spoken: Spoken,
    standing: Standing,
    book: Book,
    judgement: Judgement,
    why: str,
    situation: Situation,
    now: int,
) -> Outcome:
    """In an encrypted room only decrypted orders and decisions count; what came otherwise is asked for again."""
    event = taken.event
    outcome = Outcome(
        facts=[
            _fact(taken, spoken, standing, book, judgement, "unsure", None),
            f.Refused(event=event.event_id, sender=event.sender, why=why, at=now),
        ]
    )
    if judgement.label in ("directive", "decision", "report"):
        outcome.effects.append(
            Say(
                room=event.room_id,
                key=f"refused.{why}",
                values={"name": standing.person.name},
                reply_to=event.event_id,
                mentions=(event.sender,),
            )
        )
    return outcome


def _asked_again(event: Event, standing: Standing, why: str, now: int) -> Outcome:
    """A command that came in clear into an encrypted room is not obeyed, and its author hears why."""
    return Outcome(
        facts=[f.Refused(event=event.event_id, sender=event.sender, why=why, detail="command", at=now)],
        effects=[
            Say(
                room=event.room_id,
                key=f"refused.{why}",
                values={"name": standing.person.name},
                reply_to=event.event_id,
                mentions=(event.sender,),
            )
        ],
    )


def _not_private(event: Event, standing: Standing, situation: Situation, now: int) -> Outcome:
    """A command in a direct chat that has a third member, or belongs to somebody else, is not obeyed."""
    person = standing.person.id
    outcome = Outcome(
        facts=[f.Refused(event=event.event_id, sender=event.sender, why="not_private", detail="command", at=now)]
    )
    if not situation.asked:
        outcome.facts.append(f.Asked(what="privacy", about=event.event_id, person=person, at=now))
        # Where only the two of them are: others listen here.
        outcome.effects.append(Say(person=person, key="refused.not_private", ref=f"privacy:{event.event_id}"))
    return outcome


def _edit(
    taken: Taken, spoken: Spoken, standing: Standing | None, situation: Situation, book: Book, now: int
) -> Outcome:
    """An edit is recorded when it comes from the author. It is never a command, and moves nothing but an order."""
    event, subject = taken.event, situation.subject
    if subject is None:
        if situation.room.kind not in ("forum", "group"):
            return Outcome()
        # What it replaces was never recorded, or is no message: its words are, and nothing comes of them.
        judgement = _judge(spoken, standing, situation, book)
        return Outcome(facts=[_fact(taken, spoken, standing, book, judgement, "chatter", None)])
    if subject.destroyed:
        # Whose it was is not known any more, and there are no words that it could replace.
        return Outcome()
    forged = event.trust is Trust.MISMATCH or (subject.encrypted and not event.encrypted)
    if subject.ref or subject.sender != event.sender or forged:
        return Outcome(facts=[f.Refused(event=event.event_id, sender=event.sender, why="forged_edit", at=now)])
    outcome = Outcome(
        facts=[
            f.Edited(
                event=subject.event,
                edit=event.event_id,
                text=clean(spoken.text),
                text_hash=text_hash(spoken.text),
                room=event.room_id,
                sender=event.sender,
                sent_at=believed(event.origin_ts, taken.at),
                at=now,
            )
        ]
    )
    outcome.merge(_other_file(taken, spoken, standing, subject, situation, book, now))
    if standing is not None and subject.label == "decision":
        return outcome.merge(_reworded(taken, spoken, standing, subject, situation, book, now))
    directive = situation.directive
    orders = standing is not None and book.policy.may("order", standing.roles, standing.person.id)
    if standing is None or not orders or directive is None or directive.event != subject.event:
        return outcome
    saying = msgspec.structs.replace(from_event(event, spoken, standing, taken.at), event=subject.event)
    return outcome.merge(revising.revise(saying, directive, situation, book, now))


def _reworded(
    taken: Taken,
    spoken: Spoken,
    standing: Standing,
    subject: Subject,
    situation: Situation,
    book: Book,
    now: int,
) -> Outcome:
    """A decision whose words were changed is one no more until people say what the new words are."""
    decision, edit = situation.decision, taken.event.event_id
    if decision is None or decision.fact.event != subject.event or clean(spoken.text) == clean(subject.text):
        return Outcome()
    outcome = decisions.withdrawn(decision, "edited", book, now, by=standing.person.id, cause=edit)
    if not outcome.facts:
        return outcome
    saying = from_event(taken.event, spoken, standing, taken.at)
    return outcome.merge(
        consents.ask_reworded(msgspec.structs.replace(saying, event=subject.event), edit, situation, book, now)
    )


def _other_file(
    taken: Taken,
    spoken: Spoken,
    standing: Standing | None,
    subject: Subject,
    situation: Situation,
    book: Book,
    now: int,
) -> Outcome:
    """An edit that carries another file than its message: it is fetched and looked at, and the first one stays."""
    wanted = "document" if demands.documents_wanted(situation) else ""
    old = {part.mxc for part in subject.media}
    new = [
        (place, part)
        for place, part in enumerate(spoken.media)
        if part.mxc not in old and pairing.counts(part.kind, book, wanted)
    ]
    if standing is None or not subject.media or not new:
        return Outcome()
    event = taken.event
    return Outcome(
        facts=[
            f.MediaReplaced(
                event=event.event_id,
                index=place,
                replaces=subject.event,
                room=subject.room,
                person=subject.person,
                unit=subject.unit,
                kind_of_media=part.kind,
                mxc=part.mxc,
                thread=subject.thread,
                at=taken.at,
            )
            for place, part in new
        ],
        judges=[
            _judge_file(spoken, place, part, event=event.event_id, room=subject.room, person=subject.person)
            for place, part in new
        ],
    )


def _judge_file(
    spoken: Spoken, place: int, part: f.MediaPart, *, event: str, room: str, person: str | None
) -> Judge:
    """That a file of a message is to be fetched and looked at."""
    return Judge(
        event=event,
        index=place,
        mxc=part.mxc,
        file=spoken.files[place],
        kind=part.kind,
        claimed=part.mimetype,
        room=room,
        person=person,
    )


def _inspections(spoken: Spoken, saying: Saying, situation: Situation, book: Book) -> list[Judge]:
    """Every photo and video is fetched and looked at, so that it can be evidence later as well; a document where
    it may be evidence."""
    wanted = "document" if demands.documents_wanted(situation) else ""
    return [
        _judge_file(spoken, place, part, event=saying.event, room=saying.room, person=saying.person)
        for place, part in enumerate(spoken.media)
        if part.kind in ("image", "video") or pairing.counts(part.kind, book, wanted)
    ]
