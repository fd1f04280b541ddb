"""Photos and videos that a person looks at before they count, or because their sender asked for it.

What is held counts neither for nor against anybody until a verifier has looked at it in the control room, side by
side with what it is like; when nobody looks in time it counts, marked as not checked. Whoever verifies is asked for
the right at the tap, and nobody looks at the photos of the own unit. The first tap that counts settles it; taken
back, it waits again.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.forum import counting, held
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.forum.proposals import NO, YES
from bridge.forum.spoken import reaction_key
from bridge.model import facts as f
from bridge.model.effects import (
    AnyEffect,
    CancelTimer,
    Line,
    React,
    Refresh,
    Say,
    ShowPictures,
    Value,
)
from bridge.model.situation import CheckView, MediaView, Needs, Outcome, Situation
from bridge.policy.roster import Standing

QUEUE = 50
"""Waiting pictures that one row looks at."""

MEANS = {YES: "ok", NO: "declined"}
"""What a tap under a card says."""

TYPED = {"approve": "ok", "cancel": "declined"}
"""What the commands of the same meaning say, when they name what waits here."""


# Cards


def cards_needs(taken: Taken, book: Book) -> Needs:
    """What waits without a card, and how many cards there were in the last hour."""
    return Needs(unshown=QUEUE, asked_since=("check", taken.at - held.HOUR_MS + 1))


def post_cards(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The cards whose turn it is: at most so many an hour; of the others the room hears how many wait."""
    control = book.rooms.get("control")
    if control is None or not situation.unshown:
        return Outcome()
    free = max(0, book.policy.evidence.cards_per_hour - situation.asked)
    outcome = Outcome()
    for check in situation.unshown[:free]:
        outcome.facts.append(f.Asked(what="check", about=check.number, at=now))
        outcome.effects += _first_card(check, control)
    left = len(situation.unshown) - free
    if left <= 0:
        return outcome
    outcome.timers.append(held.later(now))
    if left == 1 or taken.timer.about == "later":
        values: dict[str, Value] = {"count": left}
        outcome.effects.append(Say(room=control, key="check.more", values=values, ref=f"check.more:{taken.at}"))
    return outcome


def _first_card(check: CheckView, control: str) -> list[AnyEffect]:
    return [
        ShowPictures(
            room=control,
            number=check.number,
            event=check.event,
            index=check.index,
            earlier_event=check.earlier_event,
            earlier_index=check.earlier_index,
            ref=f"{check.number}.pictures",
        ),
        _card(check.number, control),
        *(
            React(room=control, to=f"{check.number}.check", key=key, ref=f"{check.number}.{name}")
            for name, key in (("yes", YES), ("no", NO))
        ),
    ]


def card(check: CheckView, book: Book) -> list[Refresh]:
    """Its card as it stands now, where it has one: its turn may not have come, and there may be no control room."""
    control = book.rooms.get("control")
    return [_card(check.number, control)] if control is not None and check.shown else []


def _card(number: str, control: str) -> Refresh:
    return Refresh(room=control, card=f"check:{number}", ref=f"{number}.check")


# Verdicts


def tapped(taken: Taken, meant: str, standing: Standing, situation: Situation, book: Book, now: int) -> Outcome:
    """A verifier taps ✅ or ❌ under a card."""
    check = situation.check
    if check is None:
        return Outcome()
    return _word(check, meant, standing, taken, situation, book, now, attested=True, reason="")


def typed(
    meant: str, reason: str, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """A verifier says it in words, with a reason that the sender hears."""
    check = situation.check
    if check is None:
        return Outcome()
    outcome = _word(check, meant, standing, taken, situation, book, now, attested=False, reason=reason)
    if any(isinstance(fact, f.EvidenceSettled) for fact in outcome.facts):
        outcome.effects.append(beneath("check.done", {"number": check.number}, taken))
    return outcome


def _word(
    check: CheckView,
    meant: str,
    standing: Standing,
    taken: Taken,
    situation: Situation,
    book: Book,
    now: int,
    *,
    attested: bool,
    reason: str,
) -> Outcome:
    event, person = taken.event, standing.person.id
    refused = f.Refused(event=event.event_id, sender=event.sender, why="no_authority", detail="verify", at=now)
    if not book.policy.may("verify", standing.roles, person):
        return Outcome(facts=[refused])
    if own(check, standing, book, now):
        return Outcome(facts=[refused], effects=[beneath("check.own", {"number": check.number}, taken)])
    if not check.open:
        named = book.roster.person(check.by)
        if named is None:
            return Outcome(effects=[beneath("check.closed", {"number": check.number}, taken)])
        return Outcome(effects=[beneath("check.closed_by", {"number": check.number, "name": named.name}, taken)])
    return settle(
        [check],
        meant,
        situation,
        book,
        now,
        by=person,
        via="reaction" if attested else "command",
        attested=attested,
        reason=reason,
        cause=event.event_id,
    )


def own(check: CheckView, standing: Standing, book: Book, now: int) -> bool:
    """Whether a picture is of the verifier's own hand or unit."""
    sender = book.roster.standing_of(check.person, book.local(now))
    theirs = {check.unit, *(unit.id for unit in sender.units)} if sender else {check.unit}
    return standing.person.id == check.person or any(unit.id in theirs for unit in standing.units)


def beneath(key: str, values: dict[str, Value], taken: Taken) -> Say:
    """An answer under the card that was tapped, or to the words that were typed."""
    target, _ = reaction_key(taken.event)
    return Say(
        room=taken.room,
        key=key,
        values=values,
        reply_to=target or taken.event.event_id,
        mentions=(taken.event.sender,),
        ref=f"answer:{taken.event.event_id}",
    )


def end_needs(taken: Taken, book: Book) -> Needs:
    """What waits under the timer's number."""
    return Needs(check=taken.timer.about)


def time_is_over(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Nobody has looked: it counts, and the record says that it was not checked."""
    check = situation.check
    if check is None or not check.open:
        return Outcome()
    return settle([check], "unchecked", situation, book, now, by="rule:check", via="timer", cause=taken.key)


def settle(
    checks: Sequence[CheckView],
    verdict: str,
    situation: Situation,
    book: Book,
    now: int,
    *,
    by: str,
    via: str,
    cause: str,
    attested: bool = False,
    reason: str = "",
) -> Outcome:
    """Give what waits of one report its verdict; the report follows, and the sender hears of it."""
    hand = counting.Hand(by=by, via=via, cause=cause, attested=attested)
    report = situation.report
    changes: list[tuple[MediaView, str]] = []
    elsewhere: list[tuple[MediaView, str]] = []
    for check in checks:
        if check.media is None:
            continue
        # A photo that was put to another report meanwhile moves this one no more.
        here = report is not None and check.media.report == report.number
        (changes if here else elsewhere).append((check.media, verdict))
        if verdict == "declined" and check.media.replaces:
            # The message shows another picture now than the one that counted: neither stands for it.
            changes += [(one, verdict) for one in situation.media if one.event == check.media.replaces]
    outcome = counting.change(
        changes, report, situation.directive, hand, book, now, checks=numbers(checks), reason=reason
    )
    outcome.merge(counting.change(elsewhere, None, None, hand, book, now, checks=numbers(checks), reason=reason))
    for check in checks:
        outcome.timers.append(CancelTimer(f"check:{check.number}"))
        outcome.effects += card(check, book)
    if changes or elsewhere:
        outcome.effects += heard(checks[0], verdict, reason, situation, outcome, book, now)
    return outcome


def numbers(checks: Sequence[CheckView]) -> dict[tuple[str, int], str]:
    """Their numbers by event and index."""
    return {(check.event, check.index): check.number for check in checks}


def heard(
    check: CheckView,
    verdict: str,
    reason: str,
    situation: Situation,
    outcome: Outcome,
    book: Book,
    now: int,
) -> list[Say]:
    """The sender hears the outcome: of an appeal always, else where the report moves."""
    report, media = situation.report, check.media
    if report is None or media is None:
        return []
    moved = next((fact for fact in outcome.facts if isinstance(fact, f.ReportChanged)), None)
    if not check.appeal and moved is None:
        return []
    values: dict[str, Value] = {"number": check.report}
    word = verdict
    if verdict == "declined":
        until = moved.evidence_until if moved is not None else report.evidence_until
        if until is not None and until > now:
            values["until"] = book.iso(until)
        else:
            word = "declined_anytime"
    lines = (Line("check.reason", {"text": reason}),) if reason else ()
    if check.private:
        return [
            Say(
                person=check.person,
                key=f"looked.{word}",
                values=values,
                lines=lines,
                ref=f"{check.report}.looked.{check.number}",
            )
        ]
    return [
        Say(
            room=media.room,
            key=f"looked.{word}",
            values=values,
            lines=lines,
            reply_to=check.appeal or media.replaces or media.event,
            thread=report.thread,
            mentions=book.roster.user_ids(check.person, book.local(now)),
            ref=f"{check.report}.looked.{check.number}",
        )
    ]
