"""What was granted beside the roster's file: laid over it, by the instant, and only while the file leaves room."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bridge.model.clock import milliseconds
from bridge.model.facts import Granted
from bridge.policy.overlay import lay_over, states_of
from bridge.policy.roster import Identifier, Office, Person, Roster, RosterFile, Unit

ZONE = ZoneInfo("Asia/Makassar")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=ZONE)
YEAR = date(2026, 1, 1)
OLD, NEW, NEWEST = "@dlh:x", "@dlh2:x", "@dlh3:x"


def _person(name: str, *accounts: Identifier) -> Person:
    return Person(id=name, name=name.title(), identifiers=accounts or (Identifier(matrix=f"@{name}:x"),))


def _file(*persons: Person, more: tuple[Office, ...] = ()) -> RosterFile:
    listed = persons or (_person("dlh"), _person("pupr"), _person("bupati"))
    roles = {"dlh": "head", "pupr": "head", "bupati": "leader"}
    return RosterFile(
        units=(Unit(id="dlh", name="Dinas LH", short="DLH"), Unit(id="pupr", name="Dinas PU", short="PUPR")),
        persons=listed,
        offices=(
            *(
                Office(person=p.id, role=roles[p.id], unit=p.id if p.id != "bupati" else None, begins=YEAR)  # type: ignore[arg-type]
                for p in listed
                if p.id in roles
            ),
            *more,
        ),
    )


def _granted(what: str, at: datetime = NOON, number: str = "A-1", **values: object) -> Granted:
    fields: dict[str, object] = {"person": "pupr", "by": "dlh", "begins": at.date().isoformat(), **values}
    return Granted(
        number=number,
        what=what,
        policy_version=1,
        roster_version=1,
        at=milliseconds(at),
        cause="$c",
        **fields,  # type: ignore[arg-type]
    )


def _account(new: str = NEW, old: str = OLD, at: datetime = NOON, number: str = "A-1") -> Granted:
    return _granted("account", at, number, person="dlh", user=new, replaces=old, by="bupati")


def _laid(*grants: Granted, file: RosterFile | None = None) -> Roster:
    return lay_over(Roster(file or _file(), ZONE), grants)


def _who(roster: Roster, user: str, on: datetime) -> str | None:
    standing = roster.standing(user, on)
    return standing.person.id if standing else None


def test_an_account_is_replaced_at_the_moment_and_not_with_the_day() -> None:
    """On the very day the old one counted before noon, the new one from noon on; the past stays as it was."""
    roster = _laid(_account())
    before, after = NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)
    assert (_who(roster, OLD, before), _who(roster, NEW, before)) == ("dlh", None)
    assert (_who(roster, OLD, after), _who(roster, NEW, after)) == (None, "dlh")
    assert _who(roster, OLD, NOON - timedelta(days=3)) == "dlh"
    assert roster.user_ids("dlh", after) == (NEW,)
    assert roster.person_of(OLD, after) is None


def test_instants_of_every_zone_are_the_same_instants() -> None:
    """A row received in UTC is judged by the same moment."""
    roster = _laid(_account())
    assert _who(roster, NEW, (NOON + timedelta(seconds=1)).astimezone(UTC)) == "dlh"
    assert _who(roster, OLD, (NOON - timedelta(seconds=1)).astimezone(UTC)) == "dlh"


def test_a_chain_of_accounts_ends_in_the_last_one() -> None:
    """Replaced twice; each counts between its own moments."""
    later = NOON + timedelta(days=2)
    roster = _laid(_account(), _account(NEWEST, NEW, later, "A-2"))
    assert _who(roster, NEW, NOON + timedelta(days=1)) == "dlh"
    assert _who(roster, NEW, later + timedelta(seconds=1)) is None
    assert _who(roster, NEWEST, later + timedelta(seconds=1)) == "dlh"


@pytest.mark.parametrize(
    ("accounts", "state"),
    [
        ((Identifier(matrix=OLD),), "beside"),
        ((Identifier(matrix=OLD, ends=date(2026, 11, 19)), Identifier(matrix=NEW)), "in_file"),
        # The admin wrote the new one in and forgot to close the old one, which may be in a thief's hands.
        ((Identifier(matrix=OLD), Identifier(matrix=NEW)), "beside"),
    ],
)
def test_what_the_file_says_of_an_account(accounts: tuple[Identifier, ...], state: str) -> None:
    """Only a file that says the same settles it."""
    file = _file(_person("dlh", *accounts), _person("pupr"), _person("bupati"))
    assert states_of([_account()], file) == {"A-1": state}
    roster = _laid(_account(), file=file)
    after = NOON + timedelta(minutes=1)
    assert (_who(roster, OLD, after), _who(roster, NEW, after)) == (None, "dlh")


def test_a_file_that_gives_the_account_to_somebody_else_wins() -> None:
    """Contradicted: the other person has it, and the old one stays."""
    file = _file(_person("dlh"), _person("pupr", Identifier(matrix=NEW)), _person("bupati"))
    assert states_of([_account()], file) == {"A-1": "against_file"}
    assert _who(_laid(_account(), file=file), NEW, NOON + timedelta(minutes=1)) == "pupr"


def test_who_acts_holds_the_office_between_the_days_and_is_labelled() -> None:
    """Both hold duty on the shared days; the role is that of the unit's own head."""
    grant = _granted("acting", unit="dlh", ends="2026-11-25")
    roster = _laid(grant)
    heads = {
        day: [one.person.id for one in roster.heads_of("dlh", NOON + timedelta(days=day))] for day in (1, 5, 6)
    }
    assert heads == {1: ["dlh", "pupr"], 5: ["dlh", "pupr"], 6: ["dlh"]}
    standing = roster.standing_of("pupr", NOON + timedelta(days=1))
    assert standing is not None
    assert [(o.unit, o.role, o.acting) for o in standing.offices] == [
        ("pupr", "head", False),
        ("dlh", "head", True),
    ]


def test_an_office_that_the_file_has_by_now_is_not_held_twice() -> None:
    """Folded in: no second office of the same person in the same unit."""
    office = Office(person="pupr", role="head", unit="dlh", begins=date(2026, 11, 20), acting=True)
    grant = _granted("acting", unit="dlh", ends="2026-11-25")
    file = _file(more=(office,))
    assert states_of([grant], file) == {"A-1": "in_file"}
    standing = _laid(grant, file=file).standing_of("pupr", NOON + timedelta(days=1))
    assert standing is not None and len(standing.offices) == 2


def test_rights_are_lent_by_an_own_office_only() -> None:
    """By somebody who acts for the unit they are nothing; nor after the giver's office has ended."""
    lent: dict[str, Any] = {"unit": "dlh", "rights": ("report",), "ends": "2026-12-31"}
    own = _laid(_granted("delegate", person="bupati", by="dlh", **lent)).standing_of("bupati", NOON)
    assert own is not None and own.borrows("report") == {"dlh"} and own.borrows("tag") == frozenset()
    assert [unit.id for unit in own.units] == ["dlh"]
    acting = (Office(person="pupr", role="head", unit="dlh", begins=YEAR, acting=True),)
    by_acting = _laid(_granted("delegate", person="bupati", by="pupr", **lent), file=_file(more=acting))
    standing = by_acting.standing_of("bupati", NOON)
    assert standing is not None and standing.lent == ()


def test_without_grants_the_file_is_the_roster() -> None:
    """Nothing is laid over it; its version and digest are its own, also with something over it."""
    listed = Roster(_file(), ZONE, version=4, digest="d")
    assert lay_over(listed, ()) is listed
    laid = lay_over(listed, [_account()])
    assert (laid.version, laid.digest, laid.listed) == (4, "d", listed)
    assert laid.numbered(5).version == 5 and laid.numbered(5).grants == laid.grants
