"""Cards: what stands in a room and is edited in place. Rendered from the ledger at the moment of sending.

A card is a list of lines, each a catalogue key with values, so that every language says it its own way.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bridge.forum import grant_cards, grants, waves
from bridge.forum.book import Book
from bridge.forum.directives import shorten
from bridge.forum.keeping import DAY_MS, GRACE_MS, plan_of, terms_of
from bridge.forum.presence import AdoptionView
from bridge.forum.proposals import tappable
from bridge.forum.tasks import REPORTED
from bridge.forum.telling import room_named
from bridge.forum.urgency import ORDINARY, VERY_URGENT
from bridge.model.effects import Line, Value
from bridge.model.situation import DirectiveView, ProposalView

NAMED_UNITS = 6
"""An order to this many units names them; a wider one says how many."""

NAMED_USERS = 10
"""A proposal about more accounts names this many."""


class Counts(msgspec.Struct, frozen=True):
    """How a directive stands: received, reported, still owing, late, accepted."""

    total: int
    received: int
    reported: int
    owing: int
    late: int
    accepted: int


def count(directive: DirectiveView) -> Counts:
    """Count the tasks of a directive."""
    live = [task for task in directive.tasks if task.state != "cancelled"]
    states = [task.state for task in live]
    reported = sum(state in REPORTED for state in states)
    received = sum(
        # Whoever had received it has received it when the due time passes, too.
        task.state in REPORTED
        or task.state in ("acknowledged", "returned", "reopened")
        or bool(task.acknowledged_by)
        for task in live
    )
    return Counts(
        total=len(states),
        received=received,
        reported=reported,
        owing=len(states) - reported,
        late=states.count("late"),
        accepted=states.count("accepted"),
    )


def _due(due: int, book: Book, *, certain: bool) -> Line:
    """Until when; a due time on a holiday says so, and stays."""
    holiday, values = book.holiday(due), {"due": book.iso(due)}
    if holiday:
        return Line("card.due_holiday" if certain else "card.due_holiday_assumed", {**values, "holiday": holiday})
    return Line("card.due" if certain else "card.due_assumed", {**values})


def directive_card(directive: DirectiveView, book: Book) -> list[Line]:
    """The card of a directive; at most twelve lines whatever it orders. A doubted one has none yet."""
    if directive.state == "unconfirmed":
        return []
    number = directive.number
    role = book.role_shown(directive.role, directive.acting)
    kind = book.kind_names["directive"]
    lines = [Line("card.title", {"number": number, "kind": kind, "role": role, "name": directive.name})]
    if directive.on_behalf and (leader := book.roster.person(directive.on_behalf)) is not None:
        lines.append(Line("card.on_behalf", {"name": leader.name}))
    if directive.state == "cancelled":
        why = [Line("card.why", {"why": shorten(directive.reason, 200)})] if directive.reason else []
        return [*lines, Line("card.cancelled", {"number": number}), *why]
    lines.append(Line("card.text", {"text": shorten(directive.text, 200)}))
    if directive.urgency != ORDINARY:
        lines.append(Line("card.very_urgent" if directive.urgency == VERY_URGENT else "card.urgent"))
    if directive.revised_at is not None:
        lines.append(Line("card.revised", {"at": book.iso(directive.revised_at)}))
    names = [book.unit_name(unit) for unit in directive.units]
    if directive.to_all or len(names) > NAMED_UNITS:
        lines.append(Line("card.to_many", {"count": len(names)}))
    elif names:
        lines.append(Line("card.to", {"units": names}))
    else:
        lines.append(Line("card.to_nobody"))
    if directive.unled:
        lines.append(
            Line("card.unled", {"units": [book.unit_name(unit) for unit in directive.unled[:NAMED_UNITS]]})
        )
    if directive.due is not None:
        lines.append(_due(directive.due, book, certain=directive.due_certain))
    else:
        lines.append(Line("card.no_due"))
    if names:
        sums = count(directive)
        lines.append(
            Line(
                "card.counts",
                {"received": sums.received, "reported": sums.reported, "owing": sums.owing},
            )
        )
        if sums.late:
            lines.append(Line("card.late", {"count": sums.late}))
        if sums.accepted:
            lines.append(Line("card.accepted", {"count": sums.accepted}))
        if sums.owing:
            if directive.evidence == "none":
                lines.append(Line("card.how_words", {"number": number}))
            elif directive.evidence == "document":
                lines.append(Line("card.how_document", {"number": number}))
            elif directive.evidence == "video":
                lines.append(Line("card.how_video", {"number": number}))
            else:
                lines.append(Line("card.how", {"number": number}))
    return lines[: max(6, book.policy.card.lines)]


def proposal_card(proposal: ProposalView, book: Book, came: int = 0) -> list[Line]:
    """The card of something that waits in the control room; of a wave, with how many have come so far."""
    number: dict[str, Value] = {"number": proposal.number}
    if proposal.what == "stage":
        lines = [Line("proposal.stage", {**number, "stage": proposal.detail})]
    elif proposal.what == "retention":
        lines = _keeping_lines(proposal)
    elif proposal.what == "wave":
        lines = waves.lines(proposal, came, book)
    elif proposal.what in grants.ASKED:
        lines = grant_cards.lines_of(proposal, book)
    elif proposal.what == "upgrade":
        lines = [Line("proposal.upgrade", {**number, "new": proposal.detail, "users": _some(proposal.users)})]
    elif proposal.what == "remove_many":
        values: dict[str, Value] = {"count": len(proposal.users), "users": _some(proposal.users)}
        lines = [Line("proposal.remove_many", {**number, **values})]
    else:
        lines = [Line(f"proposal.{proposal.what}", {**number, "users": _some(proposal.users)})]
    if proposal.room != book.rooms.get("forum") and proposal.room in book.all_rooms:
        lines.append(Line("proposal.room", {"room": room_named(proposal.room, book)}))
    if proposal.detail and proposal.what not in ("stage", "retention", "upgrade", "wave", *grants.ASKED):
        lines.append(Line("proposal.detail", {"detail": shorten(proposal.detail, 200)}))
    if proposal.state == "open":
        lines += _behind(proposal, book)
        if proposal.due is not None and proposal.needs == 0:
            lines.append(Line("proposal.waits", {"number": proposal.number, "due": book.iso(proposal.due)}))
        else:
            key = "proposal.needs_tap" if tappable(proposal.what) else "proposal.needs"
            lines.append(Line(key, {"number": proposal.number, "count": proposal.needs}))
    elif waves.merged(proposal):
        lines.append(Line("wave.merged", {"number": proposal.number}))
    else:
        lines.append(Line(f"proposal.is_{proposal.state}", {"number": proposal.number}))
        settled = book.roster.person(proposal.by.split("+")[-1])
        if settled is not None:
            lines.append(Line("proposal.by", {"name": settled.name}))
    return lines


def _keeping_lines(proposal: ProposalView) -> list[Line]:
    """What would be kept how long, and how much of the record would go: the plan that two people agree to."""
    said, terms = plan_of(proposal), terms_of(proposal)
    if terms is None:
        return [Line("proposal.retention_unclear", {"number": proposal.number})]
    values: dict[str, Value] = {
        "number": proposal.number,
        "messages": str(terms.messages),
        "media": str(terms.media),
    }
    records = said.get("records", "")
    count = int(records) if records.isdecimal() else 0
    first = Line("proposal.retention_held", values) if terms.hold else Line("proposal.retention", values)
    return [first, Line("proposal.retention_plan", {"count": count, "days": GRACE_MS // DAY_MS})]


def _some(users: Sequence[str]) -> list[str]:
    """The accounts that a card names; of many only the first."""
    return [*users[:NAMED_USERS], *(["…"] if len(users) > NAMED_USERS else [])]


def _behind(proposal: ProposalView, book: Book) -> list[Line]:
    """Who or what asks for it, and who has agreed so far."""
    first, *agreed = proposal.by.split("+")
    kind, _, rule = first.partition(":")
    rule = rule.partition(".")[0]
    lines = [Line(f"proposal.because_{rule}")] if kind == "rule" and rule else []
    persons = [book.roster.person(one) for one in (agreed if lines else [first, *agreed])]
    return lines + [Line("proposal.by", {"name": person.name}) for person in persons if person is not None]


def adoption_card(view: AdoptionView, stage: str, missing: Sequence[str], book: Book) -> list[Line]:
    """The one card of a living room: who is here, who is not listed, who is absent, what the bot may not do."""
    lines = [
        Line("adoption.title", {"forum": book.policy.forum.name, "stage": stage}),
        Line("adoption.counts", {"present": view.present, "matched": view.matched, "count": view.unlisted}),
    ]
    for person in view.named:
        shown = f"{person.name} ({person.user})" if person.name else person.user
        if person.nearest:
            lines.append(Line("adoption.unlisted_near", {"who": shown, "nearest": list(person.nearest)}))
        else:
            lines.append(Line("adoption.unlisted", {"who": shown}))
    if view.unlisted > len(view.named):
        lines.append(Line("adoption.more", {"count": view.unlisted - len(view.named)}))
    for one in view.misspelt:
        lines.append(
            Line("adoption.misspelt", {"person": one.person, "listed": one.listed, "present": one.present})
        )
    if view.absent:
        lines.append(Line("adoption.absent", {"count": len(view.absent)}))
    if not view.leader:
        lines.append(Line("adoption.no_leader"))
    if missing:
        lines.append(Line("adoption.missing", {"permissions": list(missing)}))
    lines.append(Line("adoption.next"))
    return lines
