"""The bench runs and prints its table. How fast anything is, is never asserted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bridge.forum import likeness
from bridge.rehearsal.bench import moderation, pictures, replay, tables, workload
from bridge.rehearsal.bench.latency import Timing


def test_a_tiny_replay_tags_the_same_messages_with_both_and_judges_every_picture(tmp_path: Path) -> None:
    """Both contestants tag every order and report exactly once, and Tudang judges every picture."""
    scenes = replay.scenes(tmp_path, 3)
    bare = replay.nio(40, 3, scenes, tmp_path / "nio")
    ours = replay.tudang(40, 3, scenes, tmp_path / "tudang")
    for run in (bare, ours):
        assert run.score.delivered == 40
        assert run.score.tagged == run.score.wanted == 20
        assert run.score.extra == 0
        assert run.score.unknown == []
    assert ours.verdicts == {"ok": 16}
    assert ours.judged == 16
    said = tables.replay([(bare, ours)])
    assert "matrix-nio bot" in said
    assert "Tudang" in said
    kept = tables.keep(tmp_path, "replay", said, now=datetime(2026, 11, 20, tzinfo=UTC))
    assert said in kept.read_text(encoding="utf-8")


def test_a_picture_is_found_among_a_few_others(tmp_path: Path) -> None:
    """Each that is asked for, though 31 of its bits are changed; the table says so."""
    found = pictures.measure(tmp_path, 1000, lambda _: None)
    assert found.found == found.asked == pictures.ASKED
    assert f"{pictures.ASKED} of {pictures.ASKED}" in tables.recognising(found)
    assert found.disk > 0


def test_a_small_forum_is_planned_and_a_small_storm_is_judged(tmp_path: Path) -> None:
    """Who has come is invited in every room that is theirs, and every message is judged."""
    found = moderation.measure(tmp_path / "m", lambda _: None, persons=100, rooms_count=4, seconds=1, paces=(200,))
    assert found.plan.invited == 2 * moderation.MOVED, "the forum and the working group"
    assert [one.members for one in found.comings] == [50, 100]
    assert found.comings[0].statements == found.comings[1].statements
    assert [storm.messages for storm in found.storms] == [200]
    said = tables.moderation(found)
    assert "100 persons, 4 rooms" in said
    assert "Wanted" in said


def test_a_coming_costs_the_same_in_a_large_room_and_in_many_rooms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many statements as in a room of fifty, and the names of the roster are not gone through each time."""
    folded: list[str] = []
    fold = likeness.folded

    def counted(name: str) -> str:
        folded.append(name)
        return fold(name)

    monkeypatch.setattr(likeness, "folded", counted)
    small = moderation.coming(tmp_path, 50)
    there = len(folded)
    large = moderation.coming(tmp_path, 600)
    folded_in_all = len(folded)
    assert large.statements == small.statements
    assert moderation.coming(tmp_path, 50, rooms_count=12).statements == small.statements
    assert there > 0
    # Once each: the leaders and experts whom the larger roster has more of.
    assert folded_in_all - there <= there + 2 * 2


def test_the_same_replay_has_the_same_messages_in_the_promised_shares() -> None:
    """One in ten is an order, four in ten are photo reports, the rest is talk; twice the same."""
    first = list(workload.messages(200, 7, 1000))
    assert first == list(workload.messages(200, 7, 1000))
    kinds = [msgspec.json.decode(message.body)["content"]["msgtype"] for message in first]
    assert kinds.count("m.image") == 80
    assert sum(message.tagged for message in first) == 100
    assert all(workload.wants_tag(msgspec.json.decode(message.body)) == message.tagged for message in first)
    assert len({message.room for message in first}) == 7


def test_a_stamped_picture_is_another_file_of_the_same_picture() -> None:
    """A comment changes the bytes; what is seen stays."""
    jpeg = workload.scenes(1)[0]
    one, two = workload.stamped(jpeg, 1), workload.stamped(jpeg, 2)
    assert len({jpeg, one, two}) == 3
    assert workload.pixels(one) == workload.pixels(two) == workload.pixels(jpeg)


def test_the_latency_table_shows_medians_and_their_ratio() -> None:
    """Of an odd number of values the middle one counts, not the mean."""
    said = tables.latency([Timing(encrypted=False, tudang=[0.011, 0.5, 0.012], echo=[0.010, 0.010, 0.3])])
    assert "12.0 ms" in said
    assert "10.0 ms" in said
    assert "1.20x" in said
