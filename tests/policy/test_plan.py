"""A plan says in plain sentences what a new configuration would change."""

from datetime import UTC, datetime

from bridge.policy.load import Configuration, Source, load_sources
from bridge.policy.plan import Difference, plan

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
POLICY = "forum: {name: Forum}\nnames: {roles: {head: Kepala}}\n"
ROSTER = """
units:
  - {id: dlh, name: Dinas LH, short: DLH}
  - {id: pupr, name: Dinas PU, short: PUPR}
persons:
  - {id: ani, name: Ani, identifiers: [{matrix: "@ani:x"}]}
  - {id: budi, name: Budi, identifiers: [{matrix: "@budi:x"}]}
  - {id: cici, name: Cici, identifiers: [{matrix: "@cici:x"}]}
offices:
  - {person: ani, role: leader, from: 2025-01-01}
  - {person: budi, role: expert, from: 2025-01-01}
  - {person: cici, role: head, unit: dlh, from: 2025-01-01}
"""


def configuration(policy: str = POLICY, roster: str = ROSTER) -> Configuration:
    return load_sources(Source("policy.yaml", policy.encode()), Source("roster.yaml", roster.encode()))


def changes(policy: str = POLICY, roster: str = ROSTER, on: datetime = NOW) -> list[Difference]:
    return list(plan(configuration(), configuration(policy, roster), on))


def test_the_same_files_change_nothing() -> None:
    """Comments are no change, versions are no rule."""
    assert changes(POLICY + "# later\n", ROSTER + "# later\n") == []
    assert list(plan(configuration(), configuration().numbered(4, 5), NOW)) == []


def test_who_joins_and_who_leaves_is_named_with_accounts_and_roles() -> None:
    """Enough to see that a leader would go."""
    roster = ROSTER.replace("{person: ani, role: leader", "{person: cici, role: leader, unit: pupr")
    found = changes(roster=roster)
    left = next(d for d in found if d.what == "person_leaves")
    assert (left.subject, left.user_ids, left.roles) == ("ani", ("@ani:x",), frozenset({"leader"}))
    back = plan(configuration(roster=roster), configuration(), NOW)
    joined = next(d for d in back if d.what == "person_joins")
    assert (joined.subject, joined.user_ids, joined.after) == ("ani", ("@ani:x",), "leader")


def test_an_office_that_ended_makes_its_holder_leave() -> None:
    """A date in the past counts, one in the future not yet."""
    office = "{person: cici, role: head, unit: dlh, from: 2025-01-01"
    assert [d.what for d in changes(roster=ROSTER.replace(office, office + ", to: 2026-10-31"))] == [
        "person_leaves"
    ]
    future = changes(roster=ROSTER.replace(office, office + ", to: 2026-12-31"))
    assert [d.text("id") for d in future] == ["Cici: Kepala DLH menjadi Kepala DLH (-> 2026-12-31)."]


def test_a_change_of_office_is_said_in_the_policys_words() -> None:
    """With the shown names of roles, and Plt. for acting ones."""
    found = changes(roster=ROSTER.replace("head, unit: dlh,", "head, unit: pupr, acting: true,"))
    assert [d.text("id") for d in found] == ["Cici: Kepala DLH menjadi Plt. Kepala PUPR."]


def test_accounts_and_names_of_those_who_stay_are_told() -> None:
    """A replaced account is no leaving and joining."""
    roster = ROSTER.replace('"@cici:x"', '"@cici2:x"').replace("name: Cici", "name: Cici Baru")
    assert [(d.what, d.before, d.after) for d in changes(roster=roster)] == [
        ("person_renamed", "Cici", "Cici Baru"),
        ("account_removed", "@cici:x", ""),
        ("account_added", "", "@cici2:x"),
    ]


def test_units_are_compared_by_id() -> None:
    """A new name or alias changes a unit; another id is another unit."""
    roster = ROSTER.replace("short: PUPR}", "short: PU, aliases: [Bina Marga]}")
    assert [(d.what, d.subject) for d in changes(roster=roster)] == [("unit_changed", "pupr")]
    roster = ROSTER.replace("id: pupr", "id: pu")
    assert [(d.what, d.subject) for d in changes(roster=roster)] == [("unit_removed", "pupr"), ("unit_added", "pu")]


def test_rules_are_compared_one_by_one_and_shown_as_written() -> None:
    """Path, before, after; sizes and times in the units of the file."""
    policy = POLICY + "evidence: {wait: 3h, min_bytes: 20 kB}\nreminders: {quiet_hours: off}\n"
    assert [d.text("en") for d in changes(policy)] == [
        "evidence.wait: 2h becomes 3h.",
        "evidence.min_bytes: 8 kB becomes 20 kB.",
        "reminders.quiet_hours.hours: 21:00-06:00 becomes off.",
    ]
