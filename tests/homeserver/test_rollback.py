"""A Synapse that is killed, started again, put back to an earlier database, under a bridge in encrypted rooms."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bridge.model import facts as f
from bridge.rehearsal.cast import Cast
from bridge.rehearsal.homeserver import EmbeddedHomeserver
from tests.faults.checks import check
from tests.homeserver.forum import Forum
from tests.homeserver.watched import Watched, watched

ORDER = "Seluruh OPD kerja bakti hari ini, laporkan disertai foto"


@pytest.fixture
async def own_forum(own_synapse: EmbeddedHomeserver, tmp_path: Path) -> AsyncIterator[Forum]:
    """A forum on a homeserver of its own."""
    async with aiohttp.ClientSession() as session:
        people = Cast(own_synapse, tmp_path / "stores", session, itertools.count())
        held = Forum(own_synapse, people, session, tmp_path)
        yield held
        await held.stop()
        await people.close()


def ids(seen: Watched) -> set[str]:
    return {event["event_id"] for room in seen.everywhere() for event in seen.events(room)}


async def test_a_restart_loses_nothing_and_an_earlier_database_is_noticed(
    own_forum: Forum, own_synapse: EmbeddedHomeserver, tmp_path: Path
) -> None:
    """The bridge runs on all the while. What it had from the lost time stays recorded, what was said before it was
    back is read, its own marks and cards stand once, and the control room hears one sentence."""
    forum, room = own_forum, ""
    await forum.set_up(people=("bupati", "dlh", "pupr", "ahli", "periksa"))
    room, people = forum.rooms["forum"], forum.people
    await forum.start()
    first = await people["bupati"].text(room, ORDER)
    await forum.move(minutes=2)

    # Killed, and back on what it had written: nothing is missing, and nothing is said about it.
    await own_synapse.kill()
    await own_synapse.start()
    await people["dlh"].text(room, "Siap pak, laksanakan")
    await forum.move(minutes=2)
    assert [gap.what for gap in forum.facts(f.Gap)] == []
    assert "1 siap" in forum.card("dlh", "📌 P-1").shown
    await check(await watched(forum))

    # A copy is made as an admin makes one, the forum goes on, and the copy is put in the place of what came after.
    await own_synapse.stop()
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in own_synapse.root.glob("homeserver.db*"):
        shutil.copy(file, copy)
    await own_synapse.start()
    lost = await people["bupati"].text(room, f"{ORDER}, kali ini di pasar")
    await people["pupr"].text(room, "Siap pak, laksanakan")
    await forum.move(minutes=2)
    assert forum.chips("dlh", lost) == ["📌 P-2"]
    before = ids(await watched(forum))
    await own_synapse.kill()
    for file in own_synapse.root.glob("homeserver.db*"):
        file.unlink()
    for file in copy.iterdir():
        shutil.copy(file, own_synapse.root)
    for client in people.values():
        # People reload their Element, which would miss what comes next, too.
        client._since = None
    await own_synapse.start()
    again = await people["bupati"].text(room, f"{ORDER}, kali ini di terminal")
    await forum.move(minutes=2)

    seen = await watched(forum)
    gone = before - ids(seen)
    assert lost in gone
    assert {fact.event: fact.number for fact in forum.facts(f.Directive)} == {
        first: "P-1",
        lost: "P-2",
        again: "P-3",
    }
    said = [event["content"]["body"] for event in seen.events(forum.rooms["control"], kind="m.room.message")]
    assert len([body for body in said if body.startswith("Server Matrix dikembalikan")]) == 1
    assert [gap.events for gap in forum.facts(f.Gap) if gap.what == "rollback"] == [len(gone)]
    await forum.stop()
    await check(seen, gone=gone)
