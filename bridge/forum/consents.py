"""Consent that is not clear: an "oke" or "ACC" of which it is not plain what it answers, or whether it decides.

It is asked of the experts by a card with taps: yes makes it a decision with the proposal it answers, no leaves it
talk, and the first tap that counts settles it. What is everyday talk is asked of nobody, and nothing is guessed: a
decision is recorded at once only where a reply, or a proposal that stands right above, leaves no doubt.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from bridge.forum import authority, decisions, proposals
from bridge.forum.acts import Series
from bridge.forum.book import Book
from bridge.forum.decision_words import DecisionText, awaits, force, read
from bridge.forum.directives import shorten
from bridge.forum.saying import Saying, clean, from_subject
from bridge.forum.spoken import Spoken
from bridge.model import facts as f
from bridge.model.effects import Line, Value
from bridge.model.situation import ConsentView, Needs, Outcome, ProposalView, Situation, Subject
from bridge.policy.roster import Standing

CONSENT, REWORDED = "consent", "reworded"
ASKED = (CONSENT, REWORDED)
"""Kinds of what is asked: whether a consent decides, and whether the new words of a decision do."""

RULE = "rule:consent"
DAY_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000
SHORTLY_MS = 10 * 60 * 1000
JUST_BEFORE = 3
"""Without a reply, "oke" answers at most what was said among the last three messages, within ten minutes."""

SETTLED = ("directive", "report", "decision")
"""Labels by which somebody has said meanwhile what the message is."""


class Weighed(msgspec.Struct, frozen=True):
    """What a bare consent comes to."""

    what: str
    """decides, ask, talk, or empty: it is judged as any other message."""
    proposal: Subject | None = None


def more_needs(wanted: Needs, spoken: Spoken, standing: Standing | None, book: Book, at: int) -> Needs:
    """A bare consent of somebody who may decide also needs what was said just before; other talk nothing."""
    if standing is None or spoken.media or not book.policy.may("decide", standing.roles, standing.person.id):
        return wanted
    return replace(wanted, said_since=at - HOUR_MS) if read(spoken.text, book).bare else wanted


def weigh(saying: Saying, label: str, situation: Situation, book: Book) -> Weighed:
    """Whether a message is a bare consent, to what, and how plain that is."""
    said = read(saying.text, book)
    if not said.bare or saying.media or not book.policy.may("decide", saying.roles, saying.person):
        return Weighed("")
    subject = situation.subject
    if subject is not None and subject.ref:
        return Weighed("")
    if subject is not None:
        return _to(subject, said, saying, label, situation, book)
    return _unlinked(said, saying, label, situation, book)


def _to(
    subject: Subject, said: DecisionText, saying: Saying, label: str, situation: Situation, book: Book
) -> Weighed:
    """A consent that answers a message."""
    if subject.person == saying.person or authority.stands_below(saying.role, subject.role):
        return Weighed("")
    waits = awaits(subject.text, subject.label, book)
    if said.settles or (waits == "yes" and label == "decision"):
        return Weighed("")
    if waits == "yes" or (waits == "perhaps" and said.permits):
        return Weighed("talk" if subject.event in situation.settled else "ask", subject)
    return Weighed("talk") if label == "unsure" or subject.label == "question" else Weighed("")


def _unlinked(said: DecisionText, saying: Saying, label: str, situation: Situation, book: Book) -> Weighed:
    """A consent that answers nothing by itself: only what was said just before can tell to what."""
    if label == "acknowledgement":
        return Weighed("")
    near = situation.before
    if not said.settles:
        near = tuple(one for one in near[:JUST_BEFORE] if saying.at - one.received_at <= SHORTLY_MS)
    waiting = [one for one in near if _waits(one, saying, situation, book)]
    if said.settles and len(waiting) == 1 and waiting[0] is near[0]:
        return Weighed("decides", waiting[0])
    if waiting:
        return Weighed("ask", waiting[0])
    return Weighed("ask" if said.settles else "talk")


def _waits(one: Subject, saying: Saying, situation: Situation, book: Book) -> bool:
    return (
        one.person not in (None, saying.person)
        and not authority.stands_below(saying.role, one.role)
        and one.event not in situation.settled
        and awaits(one.text, one.label, book) == "yes"
    )


def decided(
    saying: Saying, proposal: Subject, situation: Situation, book: Book, now: int
) -> tuple[str | None, str, Outcome]:
    """(number, label, outcome) of a consent right below the only proposal."""
    number, outcome = decisions.open_decision(
        saying, replace(situation, subject=proposal, report=None), book, now, linked="above"
    )
    return number, "decision", outcome


def ask(saying: Saying, proposal: Subject | None, situation: Situation, book: Book, now: int) -> Outcome:
    """Put it before the experts, seldom enough to be read."""
    if book.rooms.get("control") is None or situation.asked >= book.policy.tagger.doubts_per_hour:
        return Outcome()
    about = proposal.event if proposal is not None else saying.event
    outcome = _open(
        CONSENT, saying, f"{saying.event} {proposal.event if proposal else ''}".strip(), situation, book, now
    )
    outcome.facts.append(f.Asked(what="doubt", about=f"consent:{about}", person=saying.person, at=now))
    return outcome


def ask_reworded(saying: Saying, edit: str, situation: Situation, book: Book, now: int) -> Outcome:
    """The words of a decision were changed: whether the new ones are one, only people say."""
    if book.rooms.get("control") is None:
        return Outcome()
    return _open(REWORDED, saying, f"{saying.event} {edit}", situation, book, now)


def _open(what: str, saying: Saying, detail: str, situation: Situation, book: Book, now: int) -> Outcome:
    return proposals.open_proposal(
        what,
        room=saying.room,
        persons=(saying.person,),
        detail=detail,
        by=RULE,
        series=Series(situation, book),
        book=book,
        now=now,
        cause=saying.cause,
        needs=1,
        due=now + DAY_MS,
    )


def may_answer(standing: Standing, book: Book) -> bool:
    """Whether a person may say what it is: whoever mends tags, no matter who else may agree to proposals."""
    return book.policy.may("correct", standing.roles, standing.person.id)


def agreed(proposal: ProposalView, situation: Situation, book: Book, now: int, *, by: str, cause: str) -> Outcome:
    """Yes: it is a decision. Where the message means something else by now, or is gone, nothing is decided."""
    view = situation.consent
    standing = book.standing(view.said.sender, view.said.received_at) if view is not None else None
    if view is None or standing is None or not _still(proposal, view):
        return proposals.move(proposal, "expired", by=by, now=now, cause=cause, book=book, needs=0)
    saying = from_subject(view.said, standing, cause)
    if proposal.what == REWORDED and view.decision is not None:
        number, outcome = _reworded(view, saying, situation, book, now)
    else:
        answered = replace(situation, subject=view.proposal, report=None)
        number, outcome = decisions.open_decision(saying, answered, book, now, linked="asked")
    outcome.facts.append(
        f.Corrected(
            event=saying.event,
            was=view.said.label,
            label="decision",
            number_was=view.said.number,
            number=number,
            by=by,
            via="correction",
            at=now,
            cause=cause,
        )
    )
    return outcome.merge(proposals.move(proposal, "done", by=by, now=now, cause=cause, book=book, needs=0))


def _still(proposal: ProposalView, view: ConsentView) -> bool:
    if view.redacted or view.said.destroyed:
        return False
    if proposal.what == REWORDED:
        return bool(view.words)
    return view.said.label not in SETTLED


def _reworded(view: ConsentView, saying: Saying, situation: Situation, book: Book, now: int) -> tuple[str, Outcome]:
    """The new words count from now on, with the proposal that the old ones had answered."""
    old = view.decision.fact if view.decision is not None else None
    new = replace(saying, text=view.words, at=now)
    number, outcome = decisions.open_decision(new, replace(situation, subject=None, report=None), book, now)
    if old is None:
        return number, outcome
    begins = force(view.words, now, book)
    made = replace(
        old,
        number=number,
        text=clean(view.words),
        decided_at=now,
        in_force_from=begins.at if begins else None,
        in_force_phrase=clean(begins.phrase) if begins else "",
        supersedes=(),
        linked="asked",
        policy_version=book.policy.version,
    )
    outcome.facts = [made if isinstance(fact, f.Decision) else fact for fact in outcome.facts]
    return number, outcome


def refused(proposal: ProposalView, situation: Situation, now: int, *, by: str, cause: str) -> Outcome:
    """No: a consent of which nobody knew what it was is talk."""
    view = situation.consent
    if proposal.what != CONSENT or view is None or view.said.label != "unsure":
        return Outcome()
    fact = f.Corrected(
        event=view.said.event, was="unsure", label="chatter", by=by, via="correction", at=now, cause=cause
    )
    return Outcome(facts=[fact])


def unanswered(proposal: ProposalView, book: Book, now: int, cause: str) -> Outcome:
    """Nobody said what it is within its time: it stays talk."""
    return proposals.move(proposal, "expired", by=proposal.by, now=now, cause=cause, book=book, needs=0)


# The card


def lines_of(proposal: ProposalView, view: ConsentView | None, book: Book) -> Sequence[Line]:
    """Who said what, to which proposal, and what a tap does; then what became of it and by whom."""
    if view is None:
        return []
    words = view.words if proposal.what == REWORDED else view.said.text
    person = book.roster.person(view.said.person or "")
    values: dict[str, Value] = {
        "number": proposal.number,
        "name": person.name if person else "–",
        "text": shorten(words),
    }
    at = book.iso(view.said.received_at)
    if proposal.what == REWORDED:
        old = view.decision.fact.number if view.decision is not None else "–"
        lines = [Line("consent.reworded", {**values, "old": old})]
    elif view.proposal is None:
        lines = [Line("consent.alone", {**values, "at": at})]
    else:
        by = book.roster.person(view.proposal.person or "")
        lines = [Line("consent.title", {**values, "at": at, "by": by.name if by else "–"})]
        lines.append(Line("consent.proposal", {"text": shorten(view.proposal.text, 300)}))
        if view.proposal.media:
            lines.append(Line("decision.files", {"count": len(view.proposal.media)}))
    if proposal.state == "open":
        due = book.iso(proposal.due) if proposal.due is not None else ""
        return [*lines, Line("consent.how", {"due": due})]
    if proposal.state == "done":
        lines.append(Line("consent.is_done", {"decision": view.said.number or "–"}))
    else:
        lines.append(Line(f"consent.is_{proposal.state}"))
    settled = book.roster.person(proposal.by.split("+")[-1])
    return [*lines, *([Line("proposal.by", {"name": settled.name})] if settled is not None else [])]
