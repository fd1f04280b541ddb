"""What becomes of a message once it is known what it is: an alarm, a report, its photo, an order, a receipt."""

from __future__ import annotations

from bridge.forum import (
    amending,
    consents,
    decisions,
    demands,
    directives,
    emergencies,
    pairing,
    readdressing,
    reasons,
    relaying,
    reports,
    tasks,
)
from bridge.forum.book import Book
from bridge.forum.saying import Saying, clean
from bridge.forum.tagging import Judgement
from bridge.model import facts as f
from bridge.model.effects import Say
from bridge.model.situation import Outcome, ReportView, Situation, Subject, TaskView

RELAYING = ("head", "subdistrict_head", "expert")
"""Roles that pass orders of others on; what they pass on waits to be confirmed."""


def build(
    saying: Saying, judgement: Judgement, situation: Situation, book: Book, now: int
) -> tuple[str | None, str, Outcome]:
    """(number, label, outcome): the label may be set right by what only the situation knows."""
    put_right = (
        readdressing.heard(saying, situation, book, now)
        or amending.heard(saying, situation, book, now)
        or reasons.heard(saying, judgement, situation, book, now)
    )
    if put_right is not None:
        return put_right
    label = judgement.label
    person = saying.person
    behalf = relaying.in_whose_name(saying, book) if label == "directive" else ""
    trusted = bool(behalf) and book.policy.may("relay", saying.roles, person)
    relayed = label == "directive" and not trusted and not book.policy.may("order", saying.roles, person)
    if relayed and saying.role not in RELAYING:
        label = "chatter"
    if label == "decision" and not book.policy.may("decide", saying.roles, person):
        label = "unsure"
    ordered = label in ("directive", "decision") and not relayed
    if judgement.emergency and not ordered:
        # Whatever else it is, an emergency is told first; an order of those who may give it stays one.
        return _labelled("report", emergencies.raise_alarm(saying, judgement.emergency, situation, book, now))
    if saying.media and not saying.text:
        return _photo(saying, label, situation, book, now)
    weighed = consents.weigh(saying, label, situation, book)
    if weighed.what:
        return _consented(weighed, saying, label, situation, book, now)
    if label == "report":
        joined = pairing.words_for(saying, situation, book) if not saying.media else None
        if joined is not None:
            return joined.number, label, join(saying, joined, now)
        if saying.media:
            slot = pairing.slot_for(saying, situation, book)
            if (
                slot is not None
                and pairing.takes(saying, book, slot.evidence)
                and pairing.is_evidence_of(saying, slot, book)
            ):
                return slot.number, label, pairing.pair(saying, slot, book, now)
        nil = reports.is_nil(saying.text, book)
        return _labelled(label, reports.open_report(saying, situation, book, now, nil=nil))
    if saying.media and label in ("unsure", "acknowledgement"):
        # Words that say little, under a photo that was asked for.
        slot = pairing.slot_for(saying, situation, book)
        if slot is not None and pairing.takes(saying, book, slot.evidence):
            return slot.number, "report", pairing.pair(saying, slot, book, now)
    if label == "directive" and not judgement.said and directives.says_too_little(saying, situation, book):
        label = "unsure"
    if label == "directive":
        built = directives.open_directive(
            saying,
            situation,
            book,
            now,
            confidence=judgement.confidence,
            certain=judgement.said,
            relayed=relayed,
            on_behalf=behalf,
            evidence=demands.evidence_of(saying.text, book),
            nil_allowed=demands.allows_nil(saying.text, book),
        )
        return _labelled(label, built)
    if label == "decision":
        return decisions.decided(saying, situation, book, now)
    if label == "acknowledgement":
        return _acknowledge(saying, situation, book, now)
    if label == "unsure" and decisions.ends_by_number(saying, book):
        return decisions.decided(saying, situation, book, now)
    outcome = Outcome()
    if label == "unsure" and book.policy.may("order", saying.roles, person):
        _ask_what(outcome, saying, situation, book, now)
    return None, label, outcome


def _consented(
    weighed: consents.Weighed, saying: Saying, label: str, situation: Situation, book: Book, now: int
) -> tuple[str | None, str, Outcome]:
    """A bare consent: a decision, a question to the experts, or what everybody says all day."""
    if weighed.what == "decides" and weighed.proposal is not None:
        return consents.decided(saying, weighed.proposal, situation, book, now)
    number, label, outcome = (
        _acknowledge(saying, situation, book, now)
        if label == "acknowledgement"
        else (None, "unsure" if weighed.what == "ask" else "chatter", Outcome())
    )
    if weighed.what == "ask":
        outcome.merge(consents.ask(saying, weighed.proposal, situation, book, now))
    return number, label, outcome


def _labelled(label: str, built: tuple[str, Outcome]) -> tuple[str, str, Outcome]:
    return built[0], label, built[1]


def _photo(
    saying: Saying, label: str, situation: Situation, book: Book, now: int
) -> tuple[str | None, str, Outcome]:
    """A photo without words: it answers what it replies to, completes a report, or fulfils an open task."""
    nothing = None, label if label != "report" else "unsure", Outcome()
    slot = pairing.slot_for(saying, situation, book)
    if slot is not None and pairing.takes(saying, book, slot.evidence):
        return slot.number, "report", pairing.pair(saying, slot, book, now)
    if book.policy.may("order", saying.roles, saying.person):
        # A leader's picture is what an order is about, not a proof.
        return nothing
    target = directives.answered(saying, situation)
    if target is not None and not pairing.takes(saying, book, target.evidence):
        return nothing
    if target is not None or pairing.likely_task(saying, situation.tasks, book) is not None:
        return _labelled("report", reports.open_report(saying, situation, book, now, directive=target))
    # The words may still come: until then it is kept without a tag.
    return nothing


def join(saying: Saying, report: ReportView, now: int) -> Outcome:
    """Words that say what a report of photos alone is about."""
    return Outcome(
        facts=[
            f.ReportChanged(
                number=report.number,
                text=clean(saying.text),
                at=now,
                by="rule:pairing",
                via="message",
                cause=saying.event,
            )
        ]
    )


def _acknowledge(saying: Saying, situation: Situation, book: Book, now: int) -> tuple[str | None, str, Outcome]:
    """A "siap": as a reply to an order, in its thread, or alone after it."""
    if situation.report is not None and book.policy.may("accept", saying.roles, saying.person):
        report = situation.report
        if report.state in ("reported", "unknown") and report.person != saying.person:
            return (
                report.number,
                "acknowledgement",
                reports.settle(
                    report,
                    situation.directive,
                    "accepted",
                    book,
                    now,
                    by=saying.person,
                    via="message",
                    cause=saying.event,
                ),
            )
    owing: tuple[TaskView, ...] = ()
    target = directives.answered(saying, situation)
    if _to_a_colleague(saying, situation.subject):
        # Thanks or a "siap" to what a colleague said is no receipt of the order that the colleague received.
        pass
    elif target is not None:
        owing = tasks.of_units(target, saying.units)
    elif situation.subject is None:
        fresh = [
            task
            for task in situation.tasks
            if task.state == "open" and directives.recent(task.issued_at, task.due, saying.at)
        ]
        owing = tuple(task for task in fresh if fresh and task.directive == fresh[0].directive)
    opened = [task for task in owing if task.state in ("open", "late")]
    outcome = Outcome(
        facts=[
            tasks.move(
                task,
                "acknowledged",
                at=now,
                by=saying.person,
                via="message",
                person=saying.person,
                cause=saying.event,
            )
            for task in opened
            if task.state == "open"
        ]
    )
    if outcome.facts:
        outcome.effects.append(tasks.card(opened[0], book))
    return owing[0].directive if owing else None, "acknowledgement", outcome


def _to_a_colleague(saying: Saying, subject: Subject | None) -> bool:
    """Whether a message answers somebody else's receipt, without naming the order itself."""
    if subject is None or subject.label != "acknowledgement" or subject.person in (None, saying.person):
        return False
    return _letters(subject.number or "") not in _letters(saying.text)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _ask_what(outcome: Outcome, saying: Saying, situation: Situation, book: Book, now: int) -> None:
    control = book.rooms.get("control")
    if control is None or not saying.text or situation.asked >= book.policy.tagger.doubts_per_hour:
        return
    outcome.facts.append(f.Asked(what="doubt", about=f"label:{saying.event}", person=saying.person, at=now))
    outcome.effects.append(
        Say(
            room=control,
            key="doubt.label",
            values={"name": saying.name, "text": directives.shorten(saying.text)},
            ref=f"doubt:{saying.event}",
        )
    )
