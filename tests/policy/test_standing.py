"""The roster answers who someone is at an instant."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bridge.policy.roster import Identifier, Office, Person, Roster, RosterFile, Unit, overlap

WITA = ZoneInfo("Asia/Makassar")


def day(year: int, month: int, number: int, hour: int = 12) -> datetime:
    return datetime(year, month, number, hour, tzinfo=WITA)


UNITS = (
    Unit(id="dlh", name="Dinas Lingkungan Hidup", short="DLH", aliases=("Dinas LH",)),
    Unit(id="pupr", name="Dinas Pekerjaan Umum", short="PUPR", aliases=("PU",)),
    Unit(id="citta", name="Kecamatan Citta", short="Citta", kind="subdistrict"),
)
PERSONS = (
    Person(id="ani", name="Ani Contoh", identifiers=(Identifier(matrix="@bupati:x"),)),
    Person(
        id="budi",
        name="Budi Contoh",
        identifiers=(
            Identifier(matrix="@budi-lama:x", ends=date(2025, 6, 30)),
            Identifier(matrix="@budi:x", begins=date(2025, 7, 1)),
        ),
    ),
    Person(id="cici", name="Cici Contoh", identifiers=(Identifier(matrix="@cici:x"),)),
    Person(id="dodi", name="Dodi Contoh", identifiers=(Identifier(matrix="@tamu:x"),)),
    Person(id="euis", name="Euis Contoh"),
)
OFFICES = (
    Office(person="ani", role="leader", begins=date(2025, 2, 20)),
    Office(person="budi", role="head", unit="dlh", begins=date(2024, 1, 1), ends=date(2025, 5, 31)),
    Office(person="budi", role="head", unit="pupr", begins=date(2025, 6, 1)),
    Office(person="cici", role="subdistrict_head", unit="citta", begins=date(2024, 1, 1)),
    Office(person="cici", role="head", unit="dlh", begins=date(2025, 6, 1), ends=date(2025, 12, 31), acting=True),
    Office(
        person="dodi",
        role="guest",
        begins=date(2025, 9, 1),
        ends=date(2025, 9, 30),
        sponsor="budi",
        purpose="Vaksinasi",
    ),
    Office(person="euis", role="expert", begins=date(2024, 1, 1)),
)


@pytest.fixture
def roster() -> Roster:
    return Roster(RosterFile(units=UNITS, persons=PERSONS, offices=OFFICES), WITA)


def test_office_is_that_of_the_day(roster: Roster) -> None:
    """A transfer takes effect at midnight of the forum's zone, not of UTC."""
    before = roster.standing("@budi-lama:x", day(2025, 5, 31, 23))
    after = roster.standing("@budi-lama:x", day(2025, 6, 1, 0))
    assert before is not None and before.unit == UNITS[0]
    assert after is not None and after.unit == UNITS[1]
    assert roster.standing("@budi-lama:x", datetime(2025, 5, 31, 16, tzinfo=UTC)) == after


def test_the_last_day_counts_whole(roster: Roster) -> None:
    """A guest until the 30th is in at 23:59 of that day and out a minute later."""
    late = datetime(2025, 9, 30, 23, 59, 59, tzinfo=WITA)
    assert roster.standing("@tamu:x", late) is not None
    assert roster.standing("@tamu:x", day(2025, 10, 1, 0)) is None


def test_a_replaced_account_stands_for_the_same_person(roster: Roster) -> None:
    """History is kept under the person, and the old account is nobody's."""
    new = roster.standing("@budi:x", day(2025, 7, 1))
    assert new is not None and new.person.id == "budi"
    assert roster.standing("@budi-lama:x", day(2025, 7, 1)) is None
    assert roster.standing("@budi:x", day(2025, 6, 30)) is None
    assert roster.user_ids("budi", day(2025, 7, 1)) == ("@budi:x",)


def test_who_is_not_listed_has_no_standing(roster: Roster) -> None:
    """Nor has who was listed but holds no office yet."""
    assert roster.standing("@outsider:x", day(2025, 7, 1)) is None
    assert roster.standing("@bupati:x", day(2025, 2, 19)) is None
    assert roster.person_of("@bupati:x", day(2025, 2, 19)) == PERSONS[0]


def test_own_office_is_the_principal_one_beside_an_acting_one_of_the_same_rank(roster: Roster) -> None:
    """All offices and units are known; the principal one is first by rank."""
    standing = roster.standing("@cici:x", day(2025, 7, 1))
    assert standing is not None
    assert standing.roles == {"subdistrict_head", "head"}
    assert {unit.id for unit in standing.units} == {"citta", "dlh"}
    assert standing.role == "subdistrict_head" and not standing.acting


def test_a_deputy_acting_as_leader_speaks_as_leader() -> None:
    """The higher office is the principal one even while acting."""
    offices = (
        Office(person="budi", role="deputy", begins=date(2024, 1, 1)),
        Office(person="budi", role="leader", begins=date(2024, 1, 1), acting=True),
    )
    roster = Roster(RosterFile(units=UNITS, persons=PERSONS, offices=offices), WITA)
    standing = roster.standing("@budi:x", day(2025, 8, 1))
    assert standing is not None and standing.role == "leader" and standing.acting


def test_those_due_are_all_in_office_with_or_without_an_account(roster: Roster) -> None:
    """Who has no account is due too, so that someone notices."""
    due = {one.standing.person.id: one.user_ids for one in roster.persons_due(day(2025, 9, 15))}
    assert due == {
        "ani": ("@bupati:x",),
        "budi": ("@budi:x",),
        "cici": ("@cici:x",),
        "dodi": ("@tamu:x",),
        "euis": (),
    }
    assert "dodi" not in {one.standing.person.id for one in roster.persons_due(day(2025, 10, 1))}


def test_heads_of_a_unit_are_those_of_the_day(roster: Roster) -> None:
    """The acting head answers while acting; nobody does afterwards."""
    assert [s.person.id for s in roster.heads_of("dlh", day(2025, 5, 1))] == ["budi"]
    assert [s.person.id for s in roster.heads_of("dlh", day(2025, 7, 1))] == ["cici"]
    assert roster.heads_of("dlh", day(2026, 1, 1)) == ()
    assert roster.heads_of("nothing", day(2025, 7, 1)) == ()


def test_units_are_found_by_id_and_kind(roster: Roster) -> None:
    """One, or all of a kind."""
    assert roster.unit("dlh") == UNITS[0]
    assert roster.units("subdistrict") == (UNITS[2],)


@pytest.mark.parametrize(
    ("text", "person"),
    [("@bupat:x", "ani"), ("budi contho", "budi"), ("Cici", "cici"), ("@budi_lama:x", "budi"), ("EUIS", "euis")],
)
def test_the_nearest_person_is_offered_for_a_typing_error(roster: Roster, text: str, person: str) -> None:
    """Accounts, names and ids, best first."""
    assert roster.find_person(text)[0].id == person


@pytest.mark.parametrize("text", ["", "@zzz:x", "…", "qwertyuiop"])
def test_nobody_is_offered_for_what_is_like_nobody(roster: Roster, text: str) -> None:
    """Better no guess than a wrong one."""
    assert roster.find_person(text) == ()


def test_an_instant_must_know_its_zone(roster: Roster) -> None:
    """A naive time is a mistake of the caller, not of a person."""
    with pytest.raises(ValueError, match="time zone"):
        roster.standing("@bupati:x", datetime(2025, 7, 1))


def test_periods_that_share_a_day_overlap() -> None:
    """Open ends reach to all times."""

    def period(begins: date | None, ends: date | None) -> Identifier:
        return Identifier(matrix="@a:b", begins=begins, ends=ends)

    first = period(date(2025, 1, 1), date(2025, 1, 31))
    assert overlap(first, period(date(2025, 1, 31), None))
    assert overlap(first, period(None, None))
    assert not overlap(first, period(date(2025, 2, 1), None))
    assert not overlap(period(None, date(2024, 12, 31)), first)


def test_numbering_a_roster_keeps_everything_else(roster: Roster) -> None:
    """The ledger gives the number."""
    assert roster.numbered(7).version == 7
    assert roster.numbered(7).file is roster.file
