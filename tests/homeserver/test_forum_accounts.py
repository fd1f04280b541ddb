"""A lost telephone on a real Synapse: the old account is silent at once, the new one goes on as the same person."""

from __future__ import annotations

import pytest

from bridge.model import facts as f
from bridge.model.ports import MatrixError
from tests.homeserver.forum import Forum

PEOPLE = ("bupati", "wabup", "dlh", "pupr", "ahli", "ahli2", "periksa")


async def test_the_old_account_cannot_post_and_tasks_go_on_under_the_new_one(forum: Forum) -> None:
    """An expert asks and the deputy agrees by typed words; between the two the old account is muted already."""
    await forum.set_up(people=PEOPLE)
    room, control, people = forum.rooms["forum"], forum.rooms["control"], forum.people
    await forum.start()
    await people["bupati"].text(room, "DLH segera bersihkan pasar Lajoa dan laporkan hari ini")
    await forum.settle()
    order = forum.facts(f.Directive)[0]
    old, new = people["dlh"], await forum.cast.client("dlh-baru")

    await people["ahli"].text(control, f"!ganti akun {old.user_id} dengan {new.user_id}")
    await forum.settle()
    number = forum.facts(f.Proposal)[-1].number
    assert old.user_id in forum.card("ahli", f"{number} · Akun", "control").shown
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await old.text(room, "Masih saya")
    assert new.user_id not in await _joined(forum, room)

    await people["ahli2"].text(control, f"!setuju {number}")
    await new.wait_for_invitation(room)
    await new.join(room)
    await forum.settle()
    assert old.user_id not in await _joined(forum, room)
    assert new.user_id in await _joined(forum, room)
    left = await old.wait_for(lambda event: event.type == "m.room.member" and "reason" in event.content)
    assert "sudah diganti" in left.content["reason"]

    await new.text(room, "siap", reply_to=order.event)
    await forum.settle()
    moved = [fact for fact in forum.facts(f.Task) if fact.state == "acknowledged"]
    assert [(fact.directive, fact.unit, fact.person) for fact in moved] == [(order.number, "dlh", "dlh")]
    said = [fact for fact in forum.facts(f.Message) if fact.sender == new.user_id]
    assert [(fact.person, fact.unit) for fact in said] == [("dlh", "dlh")]
    assert forum.failures() == []


async def _joined(forum: Forum, room: str) -> set[str]:
    answer = await forum.call(forum.bot, "GET", f"rooms/{room}/joined_members")
    return set(answer["joined"])
