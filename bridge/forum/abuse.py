"""A message that a member reported: one card in the control room, and what becomes of it is for people to say.

By whom it was reported is not known here. A tap takes the message back as the command would, another one leaves it;
the person behind what is done is whoever tapped. Nothing is done to anybody because of a report alone.
"""

from __future__ import annotations

import msgspec

from bridge.forum import proposals
from bridge.forum.acts import Series
from bridge.forum.authority import GUARDED, untouchable
from bridge.forum.book import Book
from bridge.forum.conduct.case import permalink
from bridge.forum.directives import shorten
from bridge.forum.item import Taken
from bridge.forum.telling import named, room_named
from bridge.model import facts as f
from bridge.model.abuse import AbuseReport
from bridge.model.effects import Line, Say, Value
from bridge.model.situation import Needs, Outcome, Situation

BY = "rule:abuse"
QUOTED = 200

_report = msgspec.json.Decoder(AbuseReport).decode


def needs(taken: Taken, book: Book) -> Needs:
    """The message."""
    return Needs(answers=(_report(taken.body).event,))


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Put a reported message before the control room."""
    report, control = _report(taken.body), book.rooms.get("control")
    subject = situation.subject
    sender = subject.sender if subject is not None and subject.sender else report.sender
    if control is None or situation.stage == "watch" or sender in ("", book.bot):
        return Outcome()
    link = permalink(report.room, report.event, book)
    count = GUARDED if untouchable(sender, book, now) else 1
    outcome = proposals.open_proposal(
        "redact",
        room=report.room,
        users=(sender,),
        persons=(subject.person,) if subject is not None and subject.person else (),
        detail=link,
        by=BY,
        series=Series(situation, book),
        book=book,
        now=now,
        cause=taken.key,
        needs=count,
    )
    number = next(fact.number for fact in outcome.facts if isinstance(fact, f.Proposal))
    words = subject.text if subject is not None and not subject.destroyed else ""
    values: dict[str, Value] = {
        "number": number,
        "name": named(sender, None, book),
        "room": room_named(report.room, book),
    }
    quote = Line("abuse.quote", {"text": shorten(words, QUOTED)}) if words else Line("abuse.no_words")
    why = [Line("abuse.why", {"why": shorten(report.reason, QUOTED)})] if report.reason else []
    lines = (quote, *why, Line("abuse.link", {"link": link}), Line("abuse.how", {"count": count, "user": sender}))
    said = Say(room=control, key="abuse.reported", values=values, lines=lines, ref=f"{number}.proposal")
    # It is the card itself: once people have said what becomes of it, that stands in its place.
    outcome.effects = [said, *proposals.chips(number, "redact", count, book)]
    return outcome
