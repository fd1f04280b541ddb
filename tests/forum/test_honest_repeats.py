"""No honest repeat is refused: whatever people of good faith do with one picture, nobody is asked for another."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.forum import repeats
from bridge.forum.repeats import HONEST, Kin
from bridge.model.clock import ms
from bridge.model.situation import MediaView, ReportView, Use, may_count
from tests.forum.desk import FRIDAY, _book, policy_text, roster_text

BOOK = _book(policy_text(), roster_text())
REFUSED = frozenset({Kin.OTHER})
UNITS = st.sampled_from(["dlh", "pupr", "kesehatan", None])
ORDERS = st.sampled_from(["P-1", "P-2", None])
STATES = st.sampled_from(
    ["waiting", "held", "reported", "accepted", "returned", "incomplete", "withdrawn", "unknown"]
)
VERDICTS = st.sampled_from(["ok", "held", "unchecked", "repeated", "declined", "withdrawn", "blank", "unavailable"])


@dataclasses.dataclass(frozen=True)
class Sent:
    """One sending of a picture."""

    unit: str | None
    person: str
    directive: str | None
    report: str
    state: str
    verdict: str
    at: int


@st.composite
def sent(draw: st.DrawFn, report: str) -> Sent:
    unit = draw(UNITS)
    return Sent(
        unit=unit,
        person=draw(st.sampled_from(["a", "b"])) + (unit or ""),
        directive=draw(ORDERS),
        report=report,
        state=draw(STATES),
        verdict=draw(VERDICTS),
        at=FRIDAY + ms(timedelta(hours=draw(st.integers(0, 72)))),
    )


def kin_of(new: Sent, earlier: list[Sent]) -> Kin:
    media = MediaView(
        event="$new", index=0, kind="image", mxc="", room="!forum", report=new.report, verdict="pending",
        received_at=new.at,
    )  # fmt: skip
    report = ReportView(
        number=new.report, event="$r", room="!forum", person=new.person, name="", unit=new.unit, role="head",
        text="", state="waiting", directive=new.directive, reported_at=new.at, evidence_until=None, thread=None,
    )  # fmt: skip
    uses = [
        Use(
            event=f"$old{place}", index=0, report=one.report, unit=one.unit, person=one.person,
            directive=one.directive, at=one.at, counts=may_count(one.report, one.verdict, one.state),
        )
        for place, one in enumerate(earlier)
    ]  # fmt: skip
    return repeats.weightiest(media, report, uses, BOOK)[0]


@given(new=sent("L-9"), earlier=st.lists(sent("L-1"), max_size=4))
def test_what_never_counted_is_free(new: Sent, earlier: list[Sent]) -> None:
    """However often it was sent before."""
    unused = [one for one in earlier if not may_count(one.report, one.verdict, one.state)]
    assert kin_of(new, unused) is Kin.FREE


@given(new=sent("L-9"), earlier=sent("L-1"), others=st.lists(sent("L-2"), max_size=3))
def test_a_unit_may_report_its_task_again(new: Sent, earlier: Sent, others: list[Sent]) -> None:
    """By whoever of the unit, whenever, and wherever else the picture was used meanwhile."""
    task = dataclasses.replace(new, directive=new.directive or "P-1")
    earlier = dataclasses.replace(
        earlier, unit=task.unit, person=task.person, directive=task.directive, state="reported", verdict="ok"
    )
    assert kin_of(task, [earlier, *others]) in HONEST


@given(new=sent("L-9"), earlier=sent("L-1"))
def test_together_on_one_day_is_never_refused(new: Sent, earlier: Sent) -> None:
    """One order, one day, whatever units: at most somebody looks at it."""
    new = dataclasses.replace(new, directive="P-1")
    earlier = dataclasses.replace(earlier, directive="P-1", at=new.at)
    assert kin_of(new, [earlier]) not in REFUSED


@given(new=sent("L-9"), earlier=sent("L-1"))
def test_what_proves_something_else_is_refused(new: Sent, earlier: Sent) -> None:
    """Another order's proof is no proof of this one, however it is turned."""
    new = dataclasses.replace(new, directive="P-1")
    earlier = dataclasses.replace(earlier, directive="P-2", state="accepted", verdict="ok")
    assert kin_of(new, [earlier]) is Kin.OTHER
