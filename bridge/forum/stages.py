"""The one switch between deciding and doing: what a stage lets out, and what rings.

Rules decide the same in every stage. In `watch` nothing appears in the forum or a direct chat, in `tag` there are
chips, cards and answers, from `remind` on people are asked and reminded. Membership acts only in `enforce`; its
rule knows the stage, since what it proposes differs.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bridge.forum.book import Book
from bridge.forum.quiet import awake
from bridge.model import facts as f
from bridge.model.effects import AnyEffect, Follow, Refresh, Say
from bridge.model.situation import Outcome

ORDER = ("watch", "tag", "remind", "enforce")


def reached(stage: str, wanted: str) -> bool:
    """Whether a stage is at least another."""
    return ORDER.index(stage) >= ORDER.index(wanted)


def restrain(outcome: Outcome, stage: str, book: Book, now: int) -> Outcome:
    """Keep of an outcome what the stage lets out. Facts stay, but nobody was asked who heard nothing."""
    quiet_rooms = {book.rooms.get("control"), book.rooms.get("audit")} - {None}
    effects: list[AnyEffect] = []
    dropped: set[str] = set()
    for effect in outcome.effects:
        if isinstance(effect, Follow):
            # Going where the room has gone is no act on anybody.
            effects.append(effect)
            continue
        private = isinstance(effect, Say) and effect.person != ""
        if effect.room not in quiet_rooms or private:
            wanted = book.hearing[effect.key].stage if isinstance(effect, Say) else "tag"
            if not reached(stage, wanted):
                dropped.add(effect.key if isinstance(effect, Say) else type(effect).__name__)
                continue
        effects.append(_rung(effect, stage, book, now))
    outcome.effects = effects
    if dropped:
        outcome.facts = [fact for fact in (_heard(fact, dropped) for fact in outcome.facts) if fact is not None]
    return outcome


def _rung(effect: AnyEffect, stage: str, book: Book, now: int) -> AnyEffect:
    if isinstance(effect, Say):
        heard = book.hearing[effect.key]
        if not heard.rings or heard.always:
            return msgspec.structs.replace(effect, rings=heard.rings and bool(effect.mentions))
        # Whoever is in quiet hours of a unit of their own is not rung with the others, but reads the same words.
        rung = awake(effect.mentions, now, book.in_room(effect.room))
        return msgspec.structs.replace(effect, rings=bool(rung), mentions=rung or effect.mentions)
    if isinstance(effect, Refresh) and effect.mentions and not reached(stage, "remind"):
        return msgspec.structs.replace(effect, mentions=())
    return effect


_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "evidence": ("report.ask_evidence",),
    "reminder": ("directive.remind", "directive.remind_plain"),
    "urgent_reminder": ("directive.remind_urgent",),
    "late_reminder": ("directive.remind_late",),
    "late_urgent_reminder": ("directive.remind_late_urgent",),
    "key": ("sealed.ask", "sealed.ask_setting"),
    "privacy": ("refused.not_private",),
    "catch_up": ("catch_up.title",),
}


def _heard(fact: f.AnyFact, dropped: set[str]) -> f.AnyFact | None:
    if isinstance(fact, f.Asked):
        said = _SAID_BY.get(fact.what, (fact.what,))
        return fact if dropped.isdisjoint(said) else None
    if isinstance(fact, f.Emergency) and "emergency.ring" in dropped:
        return msgspec.structs.replace(fact, rung=())
    return fact
