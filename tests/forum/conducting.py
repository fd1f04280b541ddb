"""What the tests of the rules on messages share: a policy with a ladder, and bursts of messages at the desk."""

from __future__ import annotations

import msgspec

from bridge.model import facts as f
from bridge.model.effects import Redact, Say, SetLevels
from bridge.model.event import Event, Json
from tests.forum.desk import FORUM, Desk, policy_text

LADDER = "conduct: {flood: {steps: [remind, warn, mute, remove, ask]}}\n"


def conduct(lines: str, language: str = "id") -> str:
    """A policy with these lines under `conduct`, in YAML's short form."""
    return policy_text(f"conduct: {{{lines}}}\n", language)


def rule(lines: str) -> str:
    """A policy with one rule on content."""
    return conduct(f"rules: [{{name: uji, {lines}}}]")


def burst(desk: Desk, person: str, count: int = 12, *, seconds: float = 1, room: str = FORUM) -> list[str]:
    """Texts of one person, sent one after the other and read together; their event ids."""
    said = []
    for number in range(count):
        said.append(desk.message(person, text(f"Selamat pagi semua, pesan {number}"), room=room))
        desk.clock.advance(seconds)
    desk.put(*said)
    return [event.event_id for event in said]


def private(desk: Desk, person: str | None = None) -> list[Say]:
    """What was said to persons alone."""
    return [say for say in desk.effects(Say) if say.person and person in (None, say.person)]


def steps(desk: Desk, rule: str | None = None) -> list[str]:
    """The steps that were recorded, in order."""
    return [fact.step for fact in desk.facts(f.Conduct) if rule in (None, fact.rule)]


def touched(desk: Desk) -> list[object]:
    """Everything that was done to somebody: levels, redactions, proposals, acts."""
    return [*desk.effects(SetLevels), *desk.effects(Redact), *desk.facts(f.Proposal), *desk.facts(f.Act)]


def sent(event: Event, ago_s: float) -> Event:
    """The same event, as its homeserver says it was sent some seconds ago."""
    return msgspec.structs.replace(event, origin_ts=event.origin_ts - int(ago_s * 1000))


def text(body: str, **more: object) -> Json:
    """The content of a text message."""
    return {"msgtype": "m.text", "body": body, **more}
