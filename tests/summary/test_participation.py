"""How units took part in a week: a table of numbers and times, made of the records alone, that names nobody."""

from __future__ import annotations

from collections.abc import Callable

from bridge.model import facts as f
from bridge.summary.cells import Cell
from bridge.summary.tables import tables
from bridge.summary.words import Words
from tests.summary.history import FORUM, Ledger, at, head_of_unit
from tests.summary.test_collect import week_of


def shown(tell: Callable[[Ledger], object]) -> tuple[dict[str, dict[str, Cell]], Words]:
    """The rows by unit, and the words of the week."""
    week = week_of(tell)
    words = Words.of(week.seal)
    table = next(one for one in tables(week, words, frozenset()) if one.key == "participation")
    keys = [column.key for column in table.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in table.rows()]
    return {str(row["unit"]): row for row in rows}, words


def busy(b: Ledger) -> None:
    """A week in which one head comes, reads, says siap and reports, and another only reads."""
    dlh = head_of_unit("DLH")
    b.add(
        f.Membership(
            room=FORUM,
            user="@k:x",
            person=dlh,
            membership="join",
            was="invite",
            by="@k:x",
            at=at(16, 7),
            event="$j",
        )
    )
    b.directive("P-1", "bupati", at(16, 8), "Mohon kerja bakti.", ["DLH", "PUPR"], at(17, 8))
    b.task("P-1", "DLH", "acknowledged", at(16, 9), person=dlh, by=dlh, via="message")
    b.report("L-1", dlh, at(16, 12), "Izin melaporkan, selesai.", directive="P-1")
    b.report("L-2", dlh, at(17, 12), "Izin melaporkan lagi.")
    for _ in range(2):
        b.add(f.Struggled(what="no_photo", person=dlh, about="x", at=at(17, 13)))
    b.add(
        f.ForumRead(
            week="2026-W47",
            units=(
                f.UnitRead("DLH", 2, in_room=1, invited=1, readers=1, first=at(16, 7, 5)),
                f.UnitRead("PUPR", 1, in_room=1, readers=1, first=at(18, 20)),
            ),
            at=at(23, 5, 59),
        )
    )


def test_each_unit_has_a_row_from_the_invitation_to_the_first_report() -> None:
    rows, words = shown(busy)
    dlh = rows["DLH"]
    assert (dlh["listed"], dlh["in_room"], dlh["waiting_in"], dlh["joined"]) == (2, 1, 1, 1)
    assert (dlh["readers"], dlh["first_read_at"]) == (1, words.moment(at(16, 7, 5)))
    assert (dlh["acknowledgers"], dlh["first_ack_at"]) == (1, words.moment(at(16, 9)))
    assert (dlh["reporters"], dlh["first_report_at"]) == (1, words.moment(at(16, 12)))
    assert dlh["difficulties"] == 2
    pupr = rows["PUPR"]
    assert (pupr["readers"], pupr["acknowledgers"], pupr["first_ack_at"], pupr["reporters"]) == (1, 0, None, 0)


def test_where_receipts_are_not_looked_at_nothing_is_claimed_of_reading() -> None:
    rows, _ = shown(lambda ledger: None)
    assert {row["readers"] for row in rows.values()} == {None}
    assert {row["reporters"] for row in rows.values()} == {0}


def test_no_row_names_a_person() -> None:
    rows, words = shown(busy)
    head = head_of_unit("DLH")
    assert not any(name in str(row) for row in rows.values() for name in (head, words.person(head), "@k:x"))
