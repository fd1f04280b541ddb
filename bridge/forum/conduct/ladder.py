"""The ladder: which step is due when a rule is met again, and what the step does.

What a person hears is told privately, with what to do and with whom to speak. A mute ends by itself; a removal is
only proposed, and people decide. What is older than the policy's `backlog` is listed and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.forum import proposals
from bridge.forum.acts import Hand, reason
from bridge.forum.conduct.case import Case, permalink
from bridge.model import facts as f
from bridge.model.clock import ms
from bridge.model.effects import Lane, Line, Say, Value
from bridge.model.situation import Outcome, Step
from bridge.policy.conduct import Steps

LADDER = frozenset({"remind", "warn", "mute", "remove", "ask"})
"""Steps that somebody was told of."""


@dataclass(frozen=True, slots=True)
class Met:
    """A rule that a message meets."""

    rule: str
    """Under which name it is remembered."""
    about: str
    """flood, edits, off_topic, or what of a content rule was met."""
    steps: Steps
    redact: bool = False
    say: str = ""
    """The policy's own sentence."""


def climb(met: Met, case: Case) -> Outcome:
    """The step that is due, and what comes of it."""
    if case.late:
        return case.noted(met.rule, met.about, "late")
    remembered = case.view.steps.get(met.rule, ())
    pausing = resting(remembered, case)
    if case.spared:
        # Nobody acts; the control room reads of it on the day's card.
        return Outcome() if pausing else case.noted(met.rule, met.about, "spared")
    outcome = _redacted(met, case) if met.redact else Outcome()
    step = due(met.steps, remembered)
    if not pausing and step and not _under_way(step, case):
        outcome.merge(_take(step, met, case))
    return outcome


def due(steps: Steps, remembered: tuple[Step, ...]) -> str:
    """The step after those that are remembered; the last one again when there is no other. Empty without any."""
    if not steps:
        return ""
    climbed = sum(one.step in LADDER for one in remembered)
    return steps[min(climbed, len(steps) - 1)]


def resting(remembered: tuple[Step, ...], case: Case) -> bool:
    """Whether the last step was taken a moment ago: what was said then counts for this, too."""
    return bool(remembered) and case.sent_at - remembered[0].sent_at < ms(case.book.policy.conduct.pause)


def _under_way(step: str, case: Case) -> bool:
    return (step == "mute" and case.view.muted) or (step == "remove" and case.view.proposed)


def _take(step: str, met: Met, case: Case) -> Outcome:
    hand = _hand(met, case)
    why = reason("conduct", case.book, met.rule)
    outcome = Outcome()
    lines: list[Line] = []
    if step == "warn":
        outcome.merge(hand.warn(case.room, case.user, why=why))
        lines.append(Line("conduct.warned"))
    elif step == "mute":
        until = case.now + ms(case.book.policy.conduct.mute)
        for user in case.accounts:
            outcome.merge(hand.mute(case.room, user, why=why, until=until))
        lines.append(Line("conduct.muted", {"until": case.book.iso(until)}))
    elif step == "remove":
        outcome.merge(_propose(met, case))
        lines.append(Line("conduct.proposed"))
    elif step == "ask":
        outcome.merge(_ask_leader(met, case))
    act = next((fact.number for fact in outcome.facts if isinstance(fact, f.Act)), "")
    outcome.merge(case.noted(met.rule, met.about, step, act=act))
    if step != "ask":
        outcome.effects.append(_told(met, case, lines))
    return outcome


def _told(met: Met, case: Case, lines: list[Line]) -> Say:
    """What the person reads, in a direct chat: what to do, what follows, with whom to speak."""
    if met.redact:
        lines.append(Line("conduct.redacted"))
    contact = case.book.policy.membership.contact or case.book.reasons.get("contact", "")
    lines.append(Line("conduct.contact", {"contact": contact}))
    values: dict[str, Value] = {"forum": case.book.policy.forum.name, "at": case.book.iso(case.sent_at)}
    ref = f"conduct:{case.event}"
    if met.say:
        said: dict[str, Value] = {**values, "text": met.say}
        return Say(
            person=case.person, key="conduct.own", values=said, lines=tuple(lines), ref=ref, lane=Lane.REMINDERS
        )
    key = f"conduct.{met.about}"
    return Say(person=case.person, key=key, values=values, lines=tuple(lines), ref=ref, lane=Lane.REMINDERS)


def line_of(about: str, case: Case) -> Line:
    """One line for the control room: when, who, what about, and where it stands."""
    values: dict[str, Value] = {
        "at": case.book.iso(case.sent_at),
        "name": case.name,
        "link": permalink(case.room, case.event, case.book),
    }
    return Line(f"conduct.line_{about}", values)


def _propose(met: Met, case: Case) -> Outcome:
    """A removal that two people have to agree to."""
    return proposals.open_proposal(
        "remove",
        room=case.room,
        by=f"rule:conduct.{met.about}",
        series=case.series,
        book=case.book,
        now=case.now,
        cause=case.event,
        users=case.accounts,
        persons=(case.person,),
        detail=reason("conduct", case.book, met.rule),
        needs=2,
    )


def _ask_leader(met: Met, case: Case) -> Outcome:
    """The leaders are asked what is to be done; where there is none, the deputies are."""
    book = case.book
    leaders = book.users_with(("leader",), case.now) or book.users_with(("deputy",), case.now)
    asked = [
        Say(
            person=leader,
            key="conduct.ask_leader",
            values={"name": case.name, "forum": book.policy.forum.name},
            lines=(line_of(met.about, case),),
            ref=f"conduct:{case.event}.{leader}",
            lane=Lane.REMINDERS,
        )
        for leader, users in leaders.items()
        if users
    ]
    outcome = Outcome(effects=[*asked])
    control = book.rooms.get("control")
    if control is not None:
        ref = f"conduct:{case.event}.asked"
        lines = (line_of(met.about, case),)
        values: dict[str, Value] = {"name": case.name}
        outcome.effects.append(Say(room=control, key="conduct.control_asked", values=values, lines=lines, ref=ref))
    return outcome


def _redacted(met: Met, case: Case) -> Outcome:
    """Take the message, or the edit, out of the room; the record keeps it."""
    return _hand(met, case).redact(case.room, case.event, case.user, why=reason("conduct", case.book, met.rule))


def _hand(met: Met, case: Case) -> Hand:
    return Hand(
        by=f"rule:conduct.{met.about}",
        rule=f"conduct.{met.about}",
        series=case.series,
        book=case.book,
        now=case.now,
        cause=case.event,
    )
