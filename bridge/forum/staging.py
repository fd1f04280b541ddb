"""Stages: how much the bridge does, raised one step at a time by two people, lowered at once by one."""

from __future__ import annotations

from bridge.forum import endings
from bridge.forum.acts import Series
from bridge.forum.book import Book
from bridge.forum.stages import ORDER
from bridge.forum.sweep import sweep
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Refresh, Value
from bridge.model.situation import MemberView, Outcome, Situation

Refusal = tuple[str, dict[str, Value]]
"""A text and its values: why something is not done."""


def refusal(wanted: str, situation: Situation, book: Book, now: int) -> Refusal | None:
    """Why the stage may not become ``wanted`` now; None when it may."""
    if wanted not in ORDER:
        return "stage.unknown", {"word": wanted, "stages": list(ORDER)}
    if wanted == situation.stage:
        return "stage.same", {"stage": wanted}
    step = ORDER.index(wanted) - ORDER.index(situation.stage)
    if step > 1:
        return "stage.one_step", {"stage": situation.stage, "next": ORDER[ORDER.index(situation.stage) + 1]}
    if wanted != "enforce":
        return None
    members = situation.members.get(book.rooms.get("forum", ""), ())
    joined = [member for member in members if member.membership == "join" and member.user != book.bot]
    if not any(_leads(member.user, book, now) for member in joined):
        return "stage.no_leader", {}
    open_cases = undecided(joined, book, now)
    if open_cases:
        return "stage.undecided", {"count": len(open_cases), "users": [named(one) for one in open_cases[:10]]}
    return None


def _leads(user: str, book: Book, now: int) -> bool:
    standing = book.standing(user, now)
    return standing is not None and "leader" in standing.roles


def undecided(members: list[MemberView], book: Book, now: int) -> list[MemberView]:
    """Who is present, is nobody whom the roster knows, and was not decided upon by a person."""
    return [
        member
        for member in members
        if not member.decided and book.roster.person_of(member.user, moment(now)) is None
    ]


def named(member: MemberView) -> str:
    """A member as people recognise them: the name they show, and the account."""
    return f"{member.name} ({member.user})" if member.name and member.name != member.user else member.user


def change(
    wanted: str,
    situation: Situation,
    book: Book,
    now: int,
    *,
    by: str,
    second: str | None,
    series: Series,
    cause: str,
) -> Outcome:
    """The stage changes, and with `enforce` the rooms are brought in line."""
    outcome = Outcome(
        facts=[f.Stage(stage=wanted, was=situation.stage, by=by, second=second, at=now, cause=cause)],
        effects=[*adoption_card(book)],
    )
    if situation.stage == "watch":
        outcome.merge(endings.missed(book, now))
    return outcome.merge(
        sweep(situation, book, now, stage=wanted, series=series, cause=cause, adopted=situation.adoptions.keys())
    )


def adoption_card(book: Book) -> list[Refresh]:
    """The one card about a room that had members when it was first seen."""
    control = book.rooms.get("control")
    return [Refresh(room=control, card="adoption", ref="control.adoption")] if control else []


def living_card(situation: Situation, book: Book) -> list[Refresh]:
    """The card of a forum that had members when it was first seen; none for one of ours."""
    return adoption_card(book) if situation.adoptions.get(book.rooms.get("forum", "")) is False else []
