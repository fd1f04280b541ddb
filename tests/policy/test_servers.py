"""Which servers may take part, as written: nobody who is listed is shut out by a slip."""

from __future__ import annotations

import pytest

from bridge.policy.load import Source, check
from tests.forum.desk import policy_text, roster_text


def faults(servers: str) -> list[tuple[int, str]]:
    """(line below the first words, key) of every fault."""
    text = policy_text(servers)
    above = policy_text().count("\n")
    found = check(Source("policy.yaml", text.encode()), Source("roster.yaml", roster_text().encode()))
    return [(problem.place.line - above, problem.key) for problem in found.problems]


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        ('servers:\n  allow: ["*"]\n  deny: ["*.bad.example", "[2001:db8::*]"]\n', []),
        ('servers:\n  allow: ["desk", "*.go.id"]\n', []),
        ("servers:\n  deny:\n    - bad.example\n    - d?sk\n", [(4, "servers_shut_out")]),
        ('servers:\n  allow: ["*.go.id"]\n', [(2, "servers_shut_out")]),
        ("servers:\n  allow: []\n", [(2, "servers_nobody"), (2, "servers_shut_out")]),
        ('servers:\n  deny: ["@bad:bad.example"]\n', [(2, "server_name")]),
        ("servers:\n  deny: [a.example, a.example]\n", [(2, "listed_twice")]),
        ('rooms:\n  air:\n    servers: {allow: ["*.go.id"]}\n', [(3, "servers_shut_out")]),
        (
            'servers:\n  deny: [x.example]\nrooms:\n  air:\n    servers: {deny: ["desk"]}\n',
            [(5, "servers_shut_out")],
        ),
    ],
)
def test_what_is_written_is_looked_at(servers: str, expected: list[tuple[int, str]]) -> None:
    assert faults(servers) == expected


def test_the_sentence_names_server_and_person() -> None:
    text = policy_text('servers:\n  deny: ["desk"]\n', "en")
    found = check(Source("policy.yaml", text.encode()), Source("roster.yaml", roster_text().encode()))
    assert "would shut out desk, where bupati of the roster has an account" in found.problems[0].text("en")
