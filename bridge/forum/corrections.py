"""Corrections: a wrong tag is mended at once, and everything that hung on it follows."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from bridge.forum import (
    decisions,
    demands,
    directives,
    elsewhere,
    held,
    labelled,
    pairing,
    relaying,
    reports,
    tasks,
)
from bridge.forum.book import Book
from bridge.forum.saying import Saying, clean, from_subject
from bridge.forum.spoken import read
from bridge.model import facts as f
from bridge.model.effects import CancelTimer, Retract, Say
from bridge.model.situation import DirectiveView, MediaView, Origin, Outcome, ReportView, Situation, Subject


def correct(
    subject: Subject, label: str, situation: Situation, book: Book, now: int, *, by: str, via: str, cause: str
) -> Outcome:
    """Give a recorded message another label. ``by`` has been found to be its author or somebody who may."""
    standing = book.standing(subject.sender, subject.received_at)
    if subject.label == label or standing is None:
        return Outcome()
    right = {"directive": "order", "decision": "decide"}.get(label)
    if right is not None and not book.policy.may(right, standing.roles, standing.person.id):  # type: ignore[arg-type]
        # A correction gives a message its right name; it does not give its author an authority.
        return Outcome(
            facts=[f.Refused(event=cause, sender=subject.sender, why="no_authority", detail=label, at=now)],
            effects=[
                Say(
                    room=subject.room,
                    key=f"correction.no_authority_{label}",
                    values={"name": standing.person.name},
                    reply_to=subject.event,
                )
            ],
        )
    outcome = undo(subject, situation, book, now, by=by, cause=cause)
    origin = situation.origin or Origin()
    saying = from_subject(subject, standing, cause, read(origin.event) if origin.event is not None else None)
    situation = _as_it_came(situation, origin, outcome)
    number: str | None = None
    if label == "directive":
        number, built = directives.open_directive(
            saying,
            situation,
            book,
            now,
            confidence=1.0,
            certain=True,
            on_behalf=relaying.in_whose_name(saying, book),
            evidence=demands.evidence_of(saying.text, book),
            nil_allowed=demands.allows_nil(saying.text, book),
        )
        outcome.merge(built)
    elif label == "report":
        number, built = _report(saying, situation, book, now)
        outcome.merge(built)
    elif label == "decision":
        number, decided, built = decisions.decided(saying, situation, book, now)
        if decided != "decision":
            # It would end what is not theirs to end; they are told so.
            return built
        outcome.merge(built)
    outcome.facts.append(
        f.Corrected(
            event=subject.event,
            was=subject.label,
            label=label,
            number_was=subject.number,
            number=number,
            by=by,
            via=via,
            at=now,
            cause=cause,
        )
    )
    return outcome


def _report(saying: Saying, situation: Situation, book: Book, now: int) -> tuple[str, Outcome]:
    """(number, outcome) of a message that is a report after all: a new one, or the words of one of photos alone."""
    joined = pairing.words_for(saying, situation, book) if not saying.media else None
    if joined is not None:
        return joined.number, labelled.join(saying, joined, now)
    nil = reports.is_nil(saying.text, book)
    number, outcome = reports.open_report(saying, situation, book, now, nil=nil)
    return number, outcome.merge(_known_verdicts(number, saying, situation, outcome, book, now))


def _as_it_came(situation: Situation, origin: Origin, undone: Outcome) -> Situation:
    """What the message answered when it came, in place of what pointed at it, with nothing resting on it."""
    directive = origin.directive
    if directive is not None:
        directive = replace(directive, tasks=tasks.moved(directive.tasks, undone.facts))
    return replace(
        situation,
        subject=origin.answered,
        directive=directive,
        report=origin.report,
        decision=origin.decision,
        decisions=origin.decisions,
        media=(*situation.media, *origin.media),
        file_of_subject=origin.file,
        tasks=tasks.moved(situation.tasks, undone.facts),
    )


def undo(subject: Subject, situation: Situation, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """Take back what hung on a message's present label."""
    directive, report = situation.directive, situation.report
    if subject.label == "directive" and directive is not None and directive.event == subject.event:
        return directives.cancel(directive, book, now, by=by, cause=cause)
    if subject.label == "report" and report is not None:
        taken_off = [item for item in situation.media if item.report == report.number]
        freed = [
            f.EvidencePaired(
                report="",
                event=item.event,
                index=item.index,
                kind_of_media=item.kind,
                mxc=item.mxc,
                how="released",
                at=now,
            )
            for item in taken_off
        ]
        if report.event == subject.event:
            outcome = reports.withdraw(report, directive, freed, book, now, by=by, cause=cause)
            outcome.facts += _left_alone(subject, taken_off, now, by=by, cause=cause)
            return outcome
        outcome = Outcome(facts=[*freed])
        if not taken_off and subject.text and report.text == clean(subject.text):
            # These were the words of a report of photos alone.
            outcome.facts.append(
                f.ReportChanged(number=report.number, text="", at=now, by=by, via="correction", cause=cause)
            )
        moved = {(item.event, item.index) for item in taken_off}
        checks = [check for check in situation.checks if (check.event, check.index) in moved]
        outcome.merge(elsewhere.dropped(checks, book, now, by=by, cause=cause))
        good = report.accepted - sum(item.verdict in pairing.COUNTING for item in taken_off)
        held_still = report.held - sum(item.verdict == "held" for item in taken_off)
        if (report.accepted or report.held) and good <= 0 and held_still <= 0:
            outcome.merge(_unproven(report, directive, book, now, by=by, cause=cause))
        return outcome
    if subject.label == "decision" and subject.number is not None:
        outcome = decisions.taken_back(situation.decision, book, now, by=by, cause=cause)
        outcome.effects.append(Retract(room=subject.room, ref=f"{subject.number}.chip"))
        return outcome
    if subject.label == "acknowledgement":
        return _not_received(subject, situation, book, now, by=by, cause=cause)
    return Outcome()


def _left_alone(
    subject: Subject, taken_off: Iterable[MediaView], now: int, *, by: str, cause: str
) -> list[f.Corrected]:
    """Photos of other messages that were put to what is no report: they stand without a tag until words come."""
    events = dict.fromkeys(item.event for item in taken_off if item.event != subject.event)
    return [
        f.Corrected(
            event=event,
            was="report",
            label="unsure",
            number_was=subject.number,
            number=None,
            by=by,
            via="correction",
            at=now,
            cause=cause,
        )
        for event in events
    ]


def _not_received(subject: Subject, situation: Situation, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """What was taken for a "siap", or for a leader's consent to a report, was none."""
    outcome = Outcome()
    report = situation.report
    if report is not None and report.cause == subject.event and report.state == "accepted":
        return reports.unsettled(report, book, now, by=by, via="correction", cause=cause)
    for task in situation.tasks:
        if task.acknowledged_by == subject.event and task.state in ("acknowledged", "late"):
            states = ["open", "late"] if task.state == "late" else ["open"]
            outcome.facts += [
                tasks.move(task, state, at=now, by=by, via="correction", cause=cause) for state in states
            ]
            outcome.effects.append(tasks.card(task, book))
    return outcome


def _unproven(
    report: ReportView, directive: DirectiveView | None, book: Book, now: int, *, by: str, cause: str
) -> Outcome:
    """The last good photo of a report was none of its photos: it waits for one again, and so do its tasks."""
    if report.state not in ("reported", "held", "accepted"):
        return Outcome()
    over = report.evidence_until is None or now > report.evidence_until
    outcome = Outcome(
        facts=[
            f.ReportChanged(
                number=report.number,
                state="incomplete" if over else "waiting",
                at=now,
                by=by,
                via="correction",
                cause=cause,
            )
        ],
        timers=[CancelTimer(f"accept:{report.number}")],
    )
    if not over:
        outcome.timers += reports.waiting_timers(
            report.number, report.person, report.reported_at, book, ask=False, until=report.evidence_until
        )
    moved = [task for task in directive.tasks if task.report == report.number] if directive else []
    outcome.facts += [
        tasks.move(task, "acknowledged", at=now, by=by, via="correction", person=report.person, cause=cause)
        for task in moved
    ]
    if moved and directive is not None:
        outcome.effects.append(tasks.card(directive, book))
    return outcome


def _known_verdicts(
    number: str, saying: Saying, situation: Situation, built: Outcome, book: Book, now: int
) -> Outcome:
    """The photos of a corrected message may have been judged already: then its report need not wait."""
    report = next((fact for fact in built.facts if isinstance(fact, f.Report)), None)
    if report is None or report.state != "waiting":
        return Outcome()
    paired = {(fact.event, fact.index) for fact in built.facts if isinstance(fact, f.EvidencePaired)}
    media = [item for item in situation.media if (item.event, item.index) in paired]
    outcome = held.those_of(media, number, saying.person, saying.unit, situation, book, now, cause=saying.cause)
    if not any(item.verdict in pairing.COUNTING for item in media):
        if outcome.facts:
            changed = f.ReportChanged(
                number=number, state="held", at=now, by="rule:evidence", via="evidence", cause=saying.cause
            )
            outcome.facts.append(changed)
            outcome.timers += [CancelTimer(f"ask:{number}"), CancelTimer(f"limit:{number}")]
        return outcome
    known = (*situation.tasks, *(situation.directive.tasks if situation.directive else ()))
    owing = {task.unit: task for task in known if task.directive == report.directive and task.unit in saying.units}
    return outcome.merge(
        reports.reported(number, owing.values(), saying.person, book, now, by="rule:evidence", cause=saying.cause)
    )
