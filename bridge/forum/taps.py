"""Taps: what people say to the control room by tapping a reaction that the bot itself put under a card of its own.

A card is known by its event, which is ours, never by what it looks like: whatever somebody else makes look like one
does nothing. Who taps is asked for their right at the tap; the first tap that counts settles the card, the card
names who it was, and whoever comes later hears so. Reactions are clear text even in encrypted rooms: what rests on
one is recorded as attested by the homeserver, and where typed words are wanted a tap is none.
"""

from __future__ import annotations

from msgspec.structs import replace

from bridge.forum import answering, checking, commands, reactions
from bridge.forum.book import Book
from bridge.forum.command import Command, words_of
from bridge.forum.item import Taken
from bridge.forum.prompts import digit
from bridge.forum.proposals import NO, YES, tappable
from bridge.forum.specs import SPECS
from bridge.forum.spoken import bare_emoji, reaction_key
from bridge.model import facts as f
from bridge.model.effects import AnyEffect, Say, Value
from bridge.model.situation import Needs, Outcome, ProposalView, Situation
from bridge.policy.roster import Standing

MEANS = {YES: "approve", NO: "cancel"}
"""What a tap stands for: the command that says the same in words."""


def needs(taken: Taken, book: Book) -> Needs:
    """Of a tap in the control room the proposal of the card; of any other reaction what its own rule needs."""
    target, key = reaction_key(taken.event)
    if digit(key):
        return answering.tap_needs(taken, book)
    if _in_control(taken, book) and bare_emoji(key) in MEANS:
        return Needs(answers=(target,), of_proposal=True) if target else Needs()
    return reactions.needs(taken, book)


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Do what the tapped reaction stands for."""
    _, key = reaction_key(taken.event)
    if digit(key):
        return answering.tapped(taken, situation, book, now)
    meant = MEANS.get(bare_emoji(key))
    if not _in_control(taken, book) or meant is None:
        return reactions.decide(taken, situation, book, now)
    standing = book.standing(taken.event.sender, taken.at)
    proposal, subject, check = situation.proposal, situation.subject, situation.check
    if standing is None or subject is None or subject.room != taken.room:
        return Outcome()
    if check is not None and subject.ref == f"{check.number}.check":
        return checking.tapped(taken, checking.MEANS[bare_emoji(key)], standing, situation, book, now)
    if proposal is None:
        return Outcome()
    if subject.ref != f"{proposal.number}.proposal":
        return Outcome()
    if not SPECS[meant].open_to(standing, book):
        event = taken.event
        return Outcome(
            facts=[
                f.Refused(event=event.event_id, sender=event.sender, why="no_authority", detail=meant, at=now),
            ]
        )
    return _tapped(meant, proposal, standing, taken, situation, book, now)


def _in_control(taken: Taken, book: Book) -> bool:
    return taken.room == book.rooms.get("control")


def _tapped(
    meant: str,
    proposal: ProposalView,
    standing: Standing,
    taken: Taken,
    situation: Situation,
    book: Book,
    now: int,
) -> Outcome:
    """What the command says, without its words: the card shows what has come of it."""
    word = words_of(book.commands).get(meant, meant)
    if proposal.state != "open":
        return Outcome(effects=[_closed(proposal, taken, book)])
    if meant == "approve" and not tappable(proposal.what):
        typed: dict[str, Value] = {"number": proposal.number, "word": f"!{word}"}
        return Outcome(effects=[under_card("proposal.typed_only", typed, proposal, taken)])
    command = Command(name=meant, word=word, number=proposal.number)
    outcome = commands.decide(command, standing, taken, situation, book, now)
    settled = any(isinstance(fact, f.Proposal) and fact.number == proposal.number for fact in outcome.facts)
    outcome.facts = [_attested(fact) for fact in outcome.facts]
    outcome.effects = [kept for one in outcome.effects if (kept := _without_words(one, settled, proposal, taken))]
    return outcome


def _attested(fact: f.AnyFact) -> f.AnyFact:
    return replace(fact, attested=True) if isinstance(fact, f.Proposal) else fact


def _without_words(effect: AnyEffect, settled: bool, proposal: ProposalView, taken: Taken) -> AnyEffect | None:
    """What the command would have answered is left out when the card says it, or when a tap was none of theirs; why
    it cannot be done is said below the card."""
    if not isinstance(effect, Say) or effect.ref != f"answer:{taken.event.event_id}":
        return effect
    if settled or effect.key == "command.no_right":
        return None
    return replace(effect, reply_to=_card(taken), thread=None, mentions=(taken.event.sender,))


def _card(taken: Taken) -> str:
    """The card that was tapped, by its event: what is said below it need not wait until its edit may be sent."""
    return reaction_key(taken.event)[0]


def _closed(proposal: ProposalView, taken: Taken, book: Book) -> Say:
    """Somebody was faster: it is done, and by whom."""
    person = book.roster.person(proposal.by.split("+")[-1])
    if person is None:
        return under_card("proposal.closed", {"number": proposal.number}, proposal, taken)
    return under_card("proposal.closed_by", {"number": proposal.number, "name": person.name}, proposal, taken)


def under_card(key: str, values: dict[str, Value], proposal: ProposalView, taken: Taken) -> Say:
    return Say(
        room=taken.room,
        key=key,
        values=values,
        reply_to=_card(taken),
        mentions=(taken.event.sender,),
        ref=f"answer:{taken.event.event_id}",
    )
