"""Where many tests of commands and of membership begin: forums in one state or another, and their people."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Say
from bridge.model.situation import Outcome
from bridge.policy.roster import Office, Person
from tests.forum.house import (
    CONTROL,
    FORUM,
    MINUTE,
    NOON,
    House,
    book_of,
    effects,
    person,
    roster_of,
    said,
    staff,
)

BOOK = book_of(roster_of(staff(4)))
ENGLISH = book_of(roster_of(staff(4)), language="en")
HOUR = 60 * MINUTE

OUTSIDER = "@orang-luar:hs"


def living(stage: str = "remind") -> House:
    """A forum with everybody and one outsider inside, adopted, past its first days."""
    house = House(book_of(roster_of(staff(8))))
    listed = [user for due in house.book.roster.persons_due(moment(NOON)) for user in due.user_ids]
    house.fill([*listed, "@ajudan:hs"])
    house.fill(["@ahli:hs", "@pakar:hs"], CONTROL)
    house.first_sight()
    house.first_sight(CONTROL)
    if stage != "watch":
        house.record(f.Stage(stage=stage, was="watch", by="ahli", at=NOON, cause="$"))
    return house


def with_order(house: House, states: dict[str, str] | None = None, confirmed: bool = True) -> House:
    """P-1 of the deputy to four units; each unit's task in the given state, with reports where they were made."""
    units = tuple(f"unit{n}" for n in range(1, 5))
    house.record(
        f.Directive(
            number="P-1",
            event="$order",
            room=FORUM,
            person="wabup",
            name="Wabup Contoh",
            role="deputy",
            text="Kerja bakti massal di semua wilayah",
            units=units,
            issued_at=NOON - HOUR,
            due=NOON + 5 * HOUR,
            confirmed=confirmed,
        ),
        *(
            f.Task(directive="P-1", unit=unit, state="open", at=NOON - HOUR, via="message", cause="$order")
            for unit in units
        ),
    )
    for place, (unit, state) in enumerate((states or {}).items(), start=1):
        report = None
        if state in ("reported", "accepted"):
            report = f"L-{place}"
            house.record(
                f.Report(
                    number=report,
                    event=f"$report{place}",
                    room=FORUM,
                    person=f"kadis{unit[4:]}",
                    name="Kadis Contoh",
                    unit=unit,
                    role="head",
                    text="Sudah dilaksanakan",
                    directive="P-1",
                    reported_at=NOON,
                    state=state,
                )
            )
        house.record(
            f.Task(directive="P-1", unit=unit, state=state, at=NOON, via="message", report=report, cause="$r")
        )
    return house


def answer(outcome: Outcome, language: int = 0) -> str:
    """The one answer as people read it."""
    (say,) = effects(outcome, Say)
    return said(House.texts[language], say)


def enforcing(people: list[tuple[Person, Office]] | None = None, **rules: object) -> House:
    """A forum that the bot made, with everybody listed inside, at the stage `enforce`."""
    listed = people if people is not None else staff(30)
    book = book_of(roster_of(listed), rules)
    house = House(book)
    house.fill([])
    house.fill([], CONTROL)
    house.first_sight()
    house.first_sight(CONTROL)
    assert house.stage == "enforce"
    for due in book.roster.persons_due(moment(NOON)):
        for user in due.user_ids:
            house.member(user, "join")
    house.fill(["@ahli:hs", "@pakar:hs"], CONTROL)
    house.outcomes.clear()
    return house


def living_forty() -> tuple[House, list[str]]:
    """40 members, 22 of them listed, two ids misspelt, the regent not listed."""
    people = [person(f"kadis{n}", "head", f"unit{n}") for n in range(1, 18)]
    people += [person("wabup", "deputy"), person("ahli", "expert"), person("pakar", "expert")]
    people += [person("auditor", "auditor"), person("sekda", "secretary", "setda")]
    assert len(people) == 22
    people += [person("kadis-pertnaian", "head", "pertanian"), person("kadis-kesehatn", "head", "kesehatan")]
    house = House(book_of(roster_of(people), {"stage": "enforce"}))
    there = [f"@{who.id}:hs" for who, _ in people[:22]]
    unlisted = ["@kadis-pertanian:hs", "@kadis-kesehatan:hs", "@bupati:hs"]
    unlisted += [f"@tamu{n}:hs" for n in range(1, 16)]
    house.fill([*there, *unlisted])
    return house, unlisted
