"""Corrections: a wrong tag is mended at once, and everything that hung on it follows."""

from __future__ import annotations

from bridge.forum import decisions, directives, reports
from bridge.forum.book import Book
from bridge.forum.saying import from_subject
from bridge.model import facts as f
from bridge.model.effects import Retract, Say
from bridge.model.situation import Outcome, Situation, Subject


def correct(
    subject: Subject, label: str, situation: Situation, book: Book, now: int, *, by: str, via: str, cause: str
) -> Outcome:
    """Give a recorded message another label. ``by`` has been found to be its author or somebody who may."""
    standing = book.standing(subject.sender, subject.received_at)
    if subject.label == label and not _unconfirmed(situation):
        return Outcome()
    if standing is None:
        return Outcome()
    if label == "directive" and situation.directive is not None and _unconfirmed(situation):
        return directives.confirm(situation.directive, book, now, by=by, cause=cause)
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
    saying = from_subject(subject, standing, cause)
    number: str | None = None
    if label == "directive":
        number, built = directives.open_directive(saying, situation, book, now, confidence=1.0, certain=True)
        outcome.merge(built)
    elif label == "report":
        number, built = reports.open_report(saying, situation, book, now)
        outcome.merge(built)
        outcome.facts += _known_verdicts(number, situation, built, book, now, cause)
    elif label == "decision":
        number, built = decisions.open_decision(saying, situation, book, now)
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


def _unconfirmed(situation: Situation) -> bool:
    return situation.directive is not None and situation.directive.state == "unconfirmed"


def undo(subject: Subject, situation: Situation, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """Take back what hung on a message's present label."""
    directive, report = situation.directive, situation.report
    if subject.label == "directive" and directive is not None and directive.event == subject.event:
        return directives.cancel(directive, book, now, by=by, cause=cause)
    if subject.label == "report" and report is not None and report.event == subject.event:
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
            for item in situation.media
            if item.report == report.number
        ]
        return reports.withdraw(report, directive, freed, book, now, by=by, cause=cause)
    if subject.label == "decision" and subject.number is not None:
        return Outcome(effects=[Retract(room=subject.room, ref=f"{subject.number}.chip")])
    return Outcome()


def _known_verdicts(
    number: str, situation: Situation, built: Outcome, book: Book, now: int, cause: str
) -> list[f.AnyFact]:
    """The photos of a corrected message may have been judged already: then its report need not wait."""
    if not any(item.verdict == "ok" for item in situation.media):
        return []
    state = next((fact.state for fact in built.facts if isinstance(fact, f.Report)), "")
    if state != "waiting":
        return []
    facts: list[f.AnyFact] = [
        f.ReportChanged(number=number, state="reported", at=now, by="rule:evidence", via="evidence", cause=cause)
    ]
    return facts + [
        f.Task(
            directive=fact.directive,
            unit=fact.unit,
            state="reported",
            at=now,
            person=fact.person,
            by="rule:report",
            via="evidence",
            report=number,
            cause=cause,
        )
        for fact in built.facts
        if isinstance(fact, f.Task) and fact.state == "acknowledged"
    ]
