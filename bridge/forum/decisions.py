"""Decisions: what was settled on the spot, with the proposal that it answers."""

from __future__ import annotations

from bridge.forum.book import CHIPS, Book
from bridge.forum.saying import Saying, clean
from bridge.model import facts as f
from bridge.model.effects import React
from bridge.model.situation import Outcome, Situation


def open_decision(saying: Saying, situation: Situation, book: Book, now: int) -> tuple[str, Outcome]:
    """Record a decision. "ACC" means nothing without what it answers, so the proposal is recorded with it."""
    number = book.number("decision", situation.numbers.get(book.policy.letters.decision, 1))
    proposal = situation.subject if situation.subject is not None and not situation.subject.ref else None
    if proposal is not None and proposal.event == saying.event:
        proposal = None
    return number, Outcome(
        facts=[
            f.Decision(
                number=number,
                event=saying.event,
                room=saying.room,
                person=saying.person,
                name=saying.name,
                role=saying.role,
                text=clean(saying.text),
                decided_at=saying.at,
                proposal_event=proposal.event if proposal else None,
                proposal_by=proposal.person if proposal else None,
                proposal_text=clean(proposal.text) if proposal else None,
                policy_version=book.policy.version,
            )
        ],
        effects=[
            React(
                room=saying.room,
                to=saying.event,
                key=f"{CHIPS['decision']} {number}",
                ref=f"{number}.chip",
            )
        ],
    )
