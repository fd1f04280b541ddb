"""Photos that wait for a verifier, and what happens to them elsewhere than under their cards.

Their sender takes them back or puts another file in their place; a leader judges the whole report, in whatever way;
a tag is mended, so that there is no report any more. Their cards close, and nobody is asked to look for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.forum import checking, counting, held
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import AnyEffect, CancelTimer, Retract, Timer
from bridge.model.situation import CheckView, MediaView, Outcome, Situation
from bridge.policy.roster import Standing


def taken_back(situation: Situation, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """Whoever settled photos by a tap has removed it: they wait again, as long as they would have from now.

    The tap of a leader has moved the report itself as well: that stands where its photos put it.
    """
    hand = counting.Hand(by=by, via="redaction", cause=cause, attested=True)
    checks, report = situation.checks_settled, situation.report
    changes = [(check.media, "held") for check in checks if check.media is not None]
    under = checking.numbers(checks)
    outcome = counting.change(changes, report, situation.directive, hand, book, now, checks=under)
    due = now + ms(book.policy.evidence.check_within)
    for check in checks:
        outcome.timers.append(held.end(check.number, due))
        outcome.effects += checking.card(check, book)
    if not all(check.shown for check in checks):
        outcome.timers.append(held.cards(now))
    return outcome


def withdrawn(
    media: Sequence[MediaView], situation: Situation, book: Book, now: int, *, by: str, cause: str
) -> Outcome:
    """Their sender has taken photos back: they stay in the record, prove nothing, and nobody looks at them.

    A report that still stands follows; one that was taken back with them has its own rule.
    """
    left = [one for one in media if one.verdict != "withdrawn"]
    if not left:
        return Outcome()
    subject, report = situation.subject, situation.report
    stands = report is not None and (subject is None or report.event != subject.event)
    theirs = [one for one in left if report is not None and one.report == report.number and stands]
    hand = counting.Hand(by=by, via="redaction", cause=cause)
    gone = {(one.event, one.index) for one in left}
    checks = [check for check in situation.checks if (check.event, check.index) in gone]
    outcome = Outcome(effects=_no_more(checks, book), timers=_unwatched(checks))
    for some, of in (theirs, report), ([one for one in left if one not in theirs], None):
        changes = [(one, "withdrawn") for one in some]
        directive = situation.directive if of is not None else None
        outcome.merge(counting.change(changes, of, directive, hand, book, now, checks=checking.numbers(checks)))
    return outcome


def _no_more(checks: Sequence[CheckView], book: Book) -> list[AnyEffect]:
    """The cards say that nobody needs to look, and stand below no picture any more."""
    effects: list[AnyEffect] = []
    for card in (card for check in checks for card in checking.card(check, book)):
        effects += [Retract(room=card.room, ref=card.ref.replace(".check", ".pictures")), card]
    return effects


def _unwatched(checks: Sequence[CheckView]) -> list[Timer | CancelTimer]:
    return [CancelTimer(f"check:{check.number}") for check in checks]


def in_the_room(
    meant: str, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """A verifier's 👍 or 👎 on a report that is held says of its photos what a tap under their cards would."""
    report, person = situation.report, standing.person.id
    if report is None or not book.policy.may("verify", standing.roles, person):
        return Outcome()
    checks = [check for check in situation.checks if check.report == report.number]
    if not checks or any(checking.own(check, standing, book, now) for check in checks):
        return Outcome()
    cause = taken.event.event_id
    return checking.settle(
        checks, meant, situation, book, now, by=person, via="reaction", attested=True, cause=cause
    )


def overtaken(outcome: Outcome, situation: Situation, book: Book, now: int) -> Outcome:
    """What follows for waiting photos where their report was judged, or is none any more, in whatever way."""
    done = {fact.check for fact in outcome.facts if isinstance(fact, f.EvidenceSettled)}
    left = [check for check in situation.checks if check.open and check.number not in done]
    more = Outcome()
    for fact in outcome.facts if left else ():
        if not isinstance(fact, f.ReportChanged):
            continue
        theirs = [check for check in left if check.report == fact.number]
        if fact.state in ("accepted", "returned"):
            more.merge(_judged(theirs, fact, situation, book, now))
        elif fact.state == "withdrawn":
            more.merge(dropped(theirs, book, now, by=fact.by, cause=fact.cause))
    return outcome.merge(more)


def _judged(
    checks: Sequence[CheckView], fact: f.ReportChanged, situation: Situation, book: Book, now: int
) -> Outcome:
    """The verdict on a report is one on its photos; where it was accepted by itself, nobody has looked at them."""
    by_itself = fact.by.startswith("rule:")
    verdict = "declined" if fact.state == "returned" else "unchecked" if by_itself else "ok"
    hand = counting.Hand(by=fact.by, via=fact.via, cause=fact.cause, attested=fact.attested)
    changes = [(check.media, verdict) for check in checks if check.media is not None]
    outcome = counting.change(changes, None, None, hand, book, now, checks=checking.numbers(checks))
    outcome.timers += _unwatched(checks)
    for check in checks:
        outcome.effects += checking.card(check, book)
        if check.appeal and fact.state == "accepted":
            outcome.effects += checking.heard(check, verdict, "", situation, outcome, book, now)
    return outcome


def dropped(checks: Sequence[CheckView], book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """Nobody needs to look at photos of what is no report, or not theirs, any more."""
    return Outcome(
        facts=[f.CheckDropped(number=check.number, by=by, at=now, cause=cause) for check in checks],
        effects=_no_more(checks, book),
        timers=_unwatched(checks),
    )


def replaced(check: CheckView, book: Book, now: int, *, cause: str) -> Outcome:
    """An edit has put another file in the place of one that nobody has looked at: only the new one matters."""
    if check.media is None:
        return Outcome()
    hand = counting.Hand(by=check.person, via="edit", cause=cause)
    outcome = counting.change(
        [(check.media, "withdrawn")], None, None, hand, book, now, checks=checking.numbers([check])
    )
    return outcome.merge(Outcome(effects=_no_more([check], book), timers=_unwatched([check])))
