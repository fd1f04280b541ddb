"""A report whose proof was refused does not count: its author is rung, by day, once."""

from __future__ import annotations

import pytest

from bridge.model.effects import Say
from tests.forum.desk import Desk, user

SHA = "5" * 64


def _refusals(desk: Desk) -> list[Say]:
    return [say for say in desk.said() if say.key.startswith("evidence.")]


def _reported_with_an_old_photo(desk: Desk) -> None:
    desk.judge(desk.photo("dlh-1", caption="Sudah kami bersihkan saluran Cabenge"), sha256=SHA)
    desk.judge(desk.photo("pupr-1", caption="Jalan poros sudah kami tambal"), sha256=SHA)


def test_a_reused_photo_rings_its_sender(desk: Desk) -> None:
    """It can never count, so its sender is told in a way that is heard."""
    _reported_with_an_old_photo(desk)
    (told,) = _refusals(desk)
    assert told.key == "evidence.duplicate"
    assert told.rings
    assert told.mentions == (user("pupr-1"),)


def test_at_night_it_waits_in_the_room(desk: Desk) -> None:
    """In quiet hours the same words stand there, and nobody is woken."""
    desk.move(hours=15)
    _reported_with_an_old_photo(desk)
    (told,) = _refusals(desk)
    assert told.mentions and not told.rings


@pytest.mark.parametrize("verdict", ["blank", "truncated", "too_small", "not_media"])
def test_a_file_that_can_never_count_rings(desk: Desk, verdict: str) -> None:
    """Nothing but another photo helps."""
    desk.photo("dlh-1", caption="Sudah kami bersihkan saluran Cabenge", judged=verdict)
    assert [(say.key, say.rings) for say in _refusals(desk)] == [(f"evidence.{verdict}", True)]


@pytest.mark.parametrize("verdict", ["unavailable", "timeout"])
def test_trouble_of_our_own_rings_nobody(desk: Desk, verdict: str) -> None:
    """The photo may be good; only we could not look at it."""
    desk.photo("dlh-1", caption="Sudah kami bersihkan saluran Cabenge", judged=verdict)
    assert [(say.key, say.rings) for say in _refusals(desk)] == [(f"evidence.{verdict}", False)]


def test_of_an_album_only_the_last_refusal_rings(desk: Desk) -> None:
    """While another picture may be good the report may still count."""
    first = desk.photo("dlh-1", caption="Sudah kami bersihkan saluran Cabenge")
    second = desk.photo("dlh-1")
    desk.judge(first, verdict="blank")
    desk.judge(second, verdict="blank")
    assert [say.rings for say in _refusals(desk)] == [False, True]


def test_a_picture_freed_by_a_withdrawal_counts_when_it_is_sent_again(desk: Desk) -> None:
    """A verdict stays as it was given; the free picture proves the other report once it is sent for it."""
    first = desk.photo("dlh-1", caption="Sudah kami bersihkan saluran Cabenge")
    desk.judge(first, sha256=SHA)
    second = desk.photo("pupr-1", caption="Jalan poros sudah kami tambal")
    desk.judge(second, sha256=SHA)
    desk.react("dlh-1", first, "🚫")
    assert desk.report("L-2") == "waiting"
    desk.judge(desk.photo("pupr-1", reply_to=second), sha256=SHA)
    assert desk.report("L-2") == "reported"
