"""Text analysis before its turn: the same answers, and nothing that rests on them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.forum.tagging import Tagger, Utterance
from bridge.journey.foresight import WORTH_IT, Foresight, ReadyTagger
from bridge.lang import lexicon
from bridge.model.event import Batch, Event, RoomBatch
from tests.forum.desk import FORUM, FRIDAY, Desk, user

TEXT = "Dinas {number} agar segera membersihkan saluran air paling lambat besok"


def batch(count: int) -> Batch:
    """So many orders of the leader in one response."""
    timeline = tuple(
        Event(
            event_id=f"$m{number}",
            room_id=FORUM,
            sender=user("bupati"),
            type="m.room.message",
            content={"msgtype": "m.text", "body": TEXT.format(number=number)},
            origin_ts=FRIDAY,
        )
        for number in range(count)
    )
    room = RoomBatch(room_id=FORUM, membership="join", state=(), timeline=timeline, gap=None)
    return Batch(token="s1", rooms=(room,))


def asked(number: int) -> Utterance:
    """What the tagger is asked of one of them."""
    return Utterance(text=TEXT.format(number=number), author_role="leader")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A forum whose book may be foreseen."""
    return Desk(tmp_path)


@pytest.fixture
def foresight(desk: Desk) -> Iterator[Foresight]:
    """A foresight for the desk's book, with its process ended afterwards."""
    ready = Foresight(lambda: {"uji": desk.book})
    yield ready
    ready.close()


async def until_idle(foresight: Foresight) -> None:
    """Wait until nothing is being judged."""
    while foresight._tasks:
        await asyncio.gather(*foresight._tasks)


async def test_a_crowd_is_judged_in_another_process_as_it_would_be_here(desk: Desk, foresight: Foresight) -> None:
    """What was foreseen is what the tagger says, and each answer is given out once."""
    tagger = desk.book.tagger
    assert isinstance(tagger, ReadyTagger)
    foresight.look_at(batch(WORTH_IT), {FORUM: "uji"}, FRIDAY)
    await until_idle(foresight)
    assert set(tagger._known) == {asked(number) for number in range(WORTH_IT)}
    plain = Tagger(lexicon.load("id"))
    assert tagger.classify(asked(3)).label == plain.classify(asked(3)).label == "directive"
    assert asked(3) not in tagger._known


async def test_few_messages_and_rooms_of_nobody_wait_for_no_process(desk: Desk, foresight: Foresight) -> None:
    """A message that is alone is judged where it is decided; a room of no forum is nobody's business."""
    foresight.look_at(batch(WORTH_IT - 1), {FORUM: "uji"}, FRIDAY)
    foresight.look_at(batch(WORTH_IT), {}, FRIDAY)
    assert not foresight._tasks


async def test_a_process_that_was_killed_is_begun_anew(desk: Desk, foresight: Foresight) -> None:
    """Its messages are judged in their turn, and the next crowd finds a new process."""
    foresight.look_at(batch(WORTH_IT), {FORUM: "uji"}, FRIDAY)
    await until_idle(foresight)
    assert foresight._helper is not None
    os.kill(int(foresight._helper._process.pid or 0), signal.SIGKILL)
    foresight._helper._process.join()
    desk.book.tagger._known.clear()  # type: ignore[attr-defined]
    foresight.look_at(batch(WORTH_IT), {FORUM: "uji"}, FRIDAY)
    await until_idle(foresight)
    assert desk.book.tagger.classify(asked(1)).label == "directive"
    foresight.look_at(batch(WORTH_IT), {FORUM: "uji"}, FRIDAY)
    await until_idle(foresight)
    assert asked(2) in desk.book.tagger._known  # type: ignore[attr-defined]
