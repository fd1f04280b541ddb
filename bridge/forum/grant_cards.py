"""The cards of what two people have to agree to beside the roster: who, for which unit, until when, what for."""

from __future__ import annotations

from bridge.forum import grants
from bridge.forum.book import Book
from bridge.model.effects import Line, Value
from bridge.model.situation import ProposalView


def lines_of(proposal: ProposalView, book: Book) -> list[Line]:
    """The first lines of such a card."""
    terms = grants.terms_of(proposal)
    name = grants.person_name(proposal.persons[0], book) if proposal.persons else terms.name
    about: dict[str, Value] = {"number": proposal.number, "name": name}
    if proposal.what == "acting":
        return [
            Line(
                "proposal.acting",
                {**about, "unit": grants.Post(terms.unit, terms.role).named(book), "day": terms.ends},
            )
        ]
    if proposal.what == "guest":
        user = proposal.users[0]
        return [Line("proposal.guest", {**about, "user": user, "day": terms.ends, "purpose": terms.purpose})]
    old, new = proposal.users
    lines = [Line("proposal.account", {**about, "old": old, "new": new})]
    if proposal.state == "open":
        if terms.muted:
            lines.append(Line("proposal.account_muted"))
        lines.append(Line("proposal.typed", {"number": proposal.number}))
    return lines
