"""Whatever a rule does to people, rooms and tasks has its words, in both languages."""

from __future__ import annotations

import dataclasses
from functools import cache
from importlib.resources import files
from typing import Any, get_args, get_origin
from zoneinfo import ZoneInfo

import msgspec
import pytest
import yaml

from bridge.forum.book import Book
from bridge.forum.telling import MOST, SEEN, bounded, tag, told
from bridge.lang.catalogue import Catalogue, differences
from bridge.lang.effects import load_effects
from bridge.model import effects as e
from bridge.model import facts as f
from bridge.model.situation import Outcome
from tests.forum.house import CONTROL, FORUM, NOON, book_of, roster_of, staff

LANGUAGES = ("id", "en")
DONE = [kind for kind in get_args(f.AnyFact) if kind not in SEEN]
EFFECTS = list(get_args(e.AnyEffect))


@cache
def words(lang: str) -> Catalogue:
    return load_effects(lang, ZoneInfo("Asia/Makassar"))


@cache
def book(lang: str) -> Book:
    return book_of(roster_of(staff()), language=lang)


@cache
def listed(lang: str, part: str) -> tuple[str, ...]:
    """What the weekly bundle has words for: verbs of acts, kinds of proposals."""
    text = files("bridge.lang").joinpath(lang, "bundle.yaml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load(text)[part])


def sample(kind: type[Any], **given: object) -> Any:
    """A fact or effect of a kind, with something in every field that it must have."""
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in given:
            plain = get_origin(field.type) or field.type
            given[field.name] = plain() if plain in (tuple, dict, bool) else 1 if plain is int else FORUM
    return kind(**given)


def lines(lang: str, *facts: f.AnyFact, effects: tuple[e.AnyEffect, ...] = ()) -> list[str]:
    so = told(Outcome(facts=list(facts), effects=list(effects)), book(lang), NOON)
    return [*so.at_once, *so.waiting]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_kind_of_effect_and_fact_has_words_of_its_own(lang: str) -> None:
    """A kind without them would be a nameless line in a plan; whoever adds one adds its words."""
    keys = words(lang).keys
    wanted = {f"effect.{tag(kind)}" for kind in EFFECTS} | {"effect.say_to"}
    wanted |= {f"fact.{tag(kind)}" for kind in DONE if kind not in (f.Act, f.Proposal)}
    wanted |= {f"act.{verb}" for verb in listed(lang, "verbs")}
    wanted |= {f"proposal.{what}" for what in listed(lang, "proposals")}
    assert sorted(wanted - keys) == []
    assert differences(words("en"), words("id")) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", [*DONE, *EFFECTS], ids=lambda kind: kind.__name__)
def test_every_kind_can_be_told(lang: str, kind: type[Any]) -> None:
    """One sentence that a person can read, whatever is in it."""
    given: dict[str, object] = {"key": "membership.shrunken", "values": {"count": 3}} if kind is e.Say else {}
    given |= {"state": "open", "what": "stage", "detail": "enforce"} if kind is f.Proposal else {}
    one = sample(kind, **given)
    said = lines(lang, effects=(one,)) if kind in EFFECTS else lines(lang, one)
    assert len(said) == 1
    assert said[0].strip() == said[0] and len(said[0]) > 10 and "{" not in said[0]
    assert words(lang).say("effect.other", room="", kind="").plain.split()[0] not in said[0].split()[:1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_verb_and_a_proposal_that_nobody_foresaw_are_told_too(lang: str) -> None:
    """In fewer words, never left out."""
    act = sample(f.Act, verb="praise", room=FORUM, user="@kadis1:hs")
    proposal = sample(f.Proposal, what="parade", state="open", users=("@kadis1:hs",), needs=1, room=FORUM)
    one, two = lines(lang, act, proposal)
    assert "praise" in one and "Kadis1 Contoh (@kadis1:hs)" in one
    assert "parade" in two and "Kadis1 Contoh (@kadis1:hs)" in two


def test_a_deed_is_told_once_and_its_numbers_and_hours_are_left_out() -> None:
    """So that a plan of the morning reads like the record of noon."""
    act = sample(f.Act, number="A-17", verb="mute", room=FORUM, user="@kadis1:hs", until=NOON + 3_600_000)
    deed = e.SetLevels(room=FORUM, changes={"users/@kadis1:hs": -1}, act="A-17")
    (said,) = lines("en", act, effects=(deed, e.Refresh(room=CONTROL, card="proposal:A-17", ref="A-17.proposal")))
    assert said == "Kadis1 Contoh (@kadis1:hs) may read and not write in the forum. (For 1 hour.)"
    waits = sample(
        f.Proposal,
        number="A-18",
        what="remove",
        state="open",
        room=FORUM,
        users=("@lain:hs",),
        due=NOON + 900_000,
    )
    assert lines("en", waits) == [
        "After a notice of 15 minutes, unless somebody cancels it: removal of @lain:hs from the forum."
    ]
    levels = sample(f.Act, verb="levels", room=CONTROL, changes={"users/@ahli:hs": 50, "users/@lain:hs": None})
    assert lines("en", levels) == [
        "Power levels in the control room: Ahli Contoh (@ahli:hs) → 50 and @lain:hs → as everybody."
    ]


def test_a_text_that_lacks_a_value_keeps_no_file_from_taking_force() -> None:
    """Its key stands there instead; that it is told wrongly elsewhere is another test's."""
    said = lines("en", effects=(e.Say(room=CONTROL, key="membership.shrunken", values={}),))
    assert said == ["Said in the control room: membership.shrunken"]


def test_who_left_the_roster_is_still_named() -> None:
    """By the roster before."""
    now = book_of(roster_of(staff(heads=1)), language="id")

    both = dataclasses.replace(now, before=roster_of(staff(heads=2)))
    act = sample(f.Act, verb="remove", room=FORUM, user="@kadis2:hs")
    so = told(Outcome(facts=[act]), both, NOON)
    assert so.at_once == ("Kadis2 Contoh (@kadis2:hs) dikeluarkan dari forum.",)


def test_a_record_holds_a_bounded_number_of_sentences() -> None:
    """And says how many more there are."""
    assert bounded(["x"] * MOST) == ("x",) * MOST
    assert bounded(["x"] * (MOST + 7)) == (*("x",) * MOST, "… (+7)")
