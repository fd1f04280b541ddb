"""Recognising pictures: the same one is found, over forums, units and years; another one is not."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from bridge.ledger import forums, pictures
from bridge.ledger.databases import Database
from bridge.ledger.store import Store
from bridge.model import facts as f
from bridge.model import hashes
from bridge.model.facts import EvidenceJudged
from bridge.model.situation import PREVIEW, AlikePicture
from tests.databases import ledger_in
from tests.forum.desk import FRIDAY, Desk

RANDOM = Random(5)
DAY = 24 * 3600 * 1000


def fresh() -> int:
    """The hash of a picture like no other."""
    return RANDOM.getrandbits(256)


def changed(value: int, bits: int) -> int:
    """A hash in which so many bits differ."""
    for place in RANDOM.sample(range(256), bits):
        value ^= 1 << place
    return value


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    store = ledger_in(database)
    yield store
    store.close()


def sent(store: Store, event: str, *views: str, forum: str = "uji", at: int = FRIDAY, index: int = 0) -> None:
    """A picture is in the record of a forum."""
    store.run(
        "INSERT INTO media (event, place, forum, room, person, unit, kind, mxc, received_at, report, verdict,"
        " sha256, mime)"
        " VALUES (?,?,?,'!r','dlh-1','dlh','image','mxc://x/1',?,'L-1','ok','','') ON CONFLICT DO NOTHING",
        (event, index, forum, at),
    )
    pictures.remember(store, EvidenceJudged(event=event, index=index, verdict="ok", views=views, at=at))


def alike(store: Store, *values: int, forum: str = "uji") -> tuple[AlikePicture, ...]:
    return pictures.alike(store, forum, [hashes.written("whole", value) for value in values], None)


@pytest.mark.parametrize("bits", [0, 1, 8, 16, 24, 31])
def test_the_same_picture_is_always_found(store: Store, bits: int) -> None:
    """Whichever of its bits differ, up to the distance at which two pictures are the same."""
    kept = [fresh() for _ in range(40)]
    for number, value in enumerate(kept):
        sent(store, f"$p{number}", hashes.written("whole", value))
    for number, value in enumerate(kept):
        found = alike(store, changed(value, bits))
        assert (found[0].event, found[0].distance) == (f"$p{number}", bits)


def test_other_pictures_are_not_found(store: Store) -> None:
    """Hashes of unrelated pictures differ in half of their bits."""
    for number in range(100):
        sent(store, f"$p{number}", hashes.written("whole", fresh()))
    assert not any(alike(store, fresh()) for _ in range(20))


def test_the_worst_spread_of_differing_bits_is_found(store: Store) -> None:
    """Two bits in each of fifteen bands and one in the last: no band is the same."""
    value = fresh()
    sent(store, "$p", hashes.written("whole", value))
    for band in range(16):
        other = value
        for each in range(16):
            places = RANDOM.sample(range(16), 1 if each == band else 2)
            other ^= sum(1 << (16 * each + place) for place in places)
        assert alike(store, other)[0].distance == 31


def test_it_is_found_over_forums_and_years_and_says_where_it_was(store: Store) -> None:
    """Its event, unit, report and forum; the nearest first, of those equally near the earliest; five at most."""
    value = fresh()
    for number in range(8):
        near = changed(value, 0 if number > 3 else 10)
        sent(
            store,
            f"$p{number}",
            hashes.written("whole", near),
            forum=f"forum{number}",
            at=FRIDAY - number * 300 * DAY,
        )
    found = alike(store, value)
    assert [one.event for one in found] == ["$p7", "$p6", "$p5", "$p4", "$p3"]
    assert found[0].forum == "forum7"
    assert (found[0].report, found[0].unit, found[0].person, found[0].verdict) == ("L-1", "dlh", "dlh-1", "ok")


def test_a_forum_does_not_count_what_its_own_preview_saw(store: Store) -> None:
    """But what another forum saw."""
    value = fresh()
    sent(store, "$p", hashes.written("whole", value), forum=f"uji{PREVIEW}")
    assert alike(store, value) == ()
    assert alike(store, value, forum="lain")[0].event == "$p"


def test_a_picture_that_was_sent_a_thousand_times_costs_no_more_than_a_few(store: Store) -> None:
    """It stands in a bucket once, and only the earliest are looked at."""
    value = fresh()
    for number in range(1000):
        sent(store, f"$p{number:04}", hashes.written("whole", value), at=FRIDAY + number)
    assert store.count("SELECT MAX(LENGTH(samples)) FROM picture_bucket") == 8
    assert [one.event for one in alike(store, value)] == [f"$p{number:04}" for number in range(5)]


def test_whatever_stands_where_a_view_should_is_left_out(store: Store) -> None:
    """What a decoding process makes up stops nobody."""
    sent(store, "$p", "whole:zz", "", "nobody:" + "0" * 64, "whole:" + "0" * 63)
    assert store.count("SELECT COUNT(*) FROM picture_view") == 0
    assert pictures.alike(store, "uji", ["whole", "x:" + "f" * 64], None) == ()


def test_an_earlier_picture_is_named_in_the_verdict_on_the_later_one(store: Store) -> None:
    """The whole way at the desk: another unit sends it cropped, and the record names the first."""
    forums.ensure(store, "uji", "enforce", False)
    desk = Desk(store)
    value = fresh()
    first = desk.photo("dlh-1", caption="Lapor, TPA sudah dibersihkan")
    desk.judge(first, views=(hashes.written("whole", changed(value, 90)), hashes.written("inner", value)))
    second = desk.photo("pupr-1", caption="Lapor, jalan sudah diperbaiki")
    desk.judge(second, views=(hashes.written("whole", changed(value, 20)),))
    judged = desk.facts(f.EvidenceJudged)[-1]
    assert (judged.event, judged.alike_event, judged.alike_distance) == (second, first, 20)
    assert judged.signs == ("similar",)
