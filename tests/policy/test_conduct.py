"""The rules on messages as an admin writes them: what is refused, where, and with which sentence."""

from __future__ import annotations

import pytest

from bridge.policy.load import Source, check
from bridge.policy.models import Policy

ROSTER = b"""units: [{id: dlh, name: DLH, short: DLH}]
persons: [{id: ani, name: Ani, identifiers: [{matrix: "@ani:x"}]}]
offices:
  - {person: ani, role: leader, unit: dlh, from: 2025-01-01}
  - {person: ani, role: expert, from: 2025-01-01}
"""


def problems(lines: str) -> list[tuple[str, int, str]]:
    """(key, line, path) of what is wrong with a policy that has these lines under `conduct`."""
    text = f"forum: {{name: X, language: en}}\nconduct:\n  {lines}\n"
    found = check(Source("policy.yaml", text.encode()), Source("roster.yaml", ROSTER)).problems
    return [(p.key, p.line, ".".join(map(str, p.path))) for p in found if p.file == "policy.yaml"]


def faults(lines: str) -> list[tuple[str, int, str]]:
    """The same, without what the small roster of these tests lacks."""
    return [found for found in problems(lines) if found[2].startswith("conduct")]


@pytest.mark.parametrize(
    ("lines", "key", "path"),
    [
        ("mute: 25h", "mute_length", "conduct.mute"),
        ("mute: 10s", "mute_length", "conduct.mute"),
        ("flood: {messages: 2}", "limit_of_messages", "conduct.flood.messages"),
        ("flood: {within: 2h}", "window_length", "conduct.flood.within"),
        ("edits: {edits: 500}", "limit_of_messages", "conduct.edits.edits"),
        ("flood: {steps: [remind, remind]}", "listed_twice", "conduct.flood.steps.1"),
        ("flood: {steps: [shout]}", "choice", "conduct.flood.steps.0"),
        ("rules: [{name: flood, words: [x]}]", "rule_name_taken", "conduct.rules.0.name"),
        ("rules: [{name: quiet-hours, words: [x]}]", "rule_name_taken", "conduct.rules.0.name"),
        ("rules: [{name: a, words: [x]}, {name: a, words: [y]}]", "rule_name_taken", "conduct.rules.1.name"),
        ("rules: [{name: a}]", "rule_empty", "conduct.rules.0"),
        ("rules: [{name: a, words: [x], except: [nobody]}]", "those_unknown", "conduct.rules.0.except.0"),
        ("rules: [{name: a, words: [x], applies_to: [dhl]}]", "those_unknown", "conduct.rules.0.applies_to.0"),
        ("night: {duty: [dlx]}", "those_unknown", "conduct.night.duty.0"),
        ("rules: [{name: a, word: [x]}]", "unknown_key", "conduct.rules.0.word"),
        ("off_topic: {rooms: {umum: obrolan}}", "room_address", "conduct.off_topic.rooms.umum"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(lines: str, key: str, path: str) -> None:
    """One located sentence each."""
    assert (key, 3, path) in faults(lines)


def test_rules_without_a_limit_or_steps_are_possible() -> None:
    """Off is written as 0 or as an empty list; roles, units and persons may be mixed."""
    lines = "flood: {messages: 0}\n  edits: {edits: 0}\n  rules: [{name: a, links_outside: [], steps: []"
    assert faults(lines + ", applies_to: [dlh, ani, head]}]") == []


def test_as_it_comes_it_only_reminds() -> None:
    """Nobody is surprised: no words, no quiet hours, no redaction, and one private reminder for a flood."""
    policy = Policy.model_validate({"forum": {"name": "X"}}).conduct
    assert (policy.flood.steps, policy.edits.steps, policy.off_topic.steps) == (("remind",),) * 3
    assert policy.rules == () and not policy.night.notice and policy.off_topic.words == ()
