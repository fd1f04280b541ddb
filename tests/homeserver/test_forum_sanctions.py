"""What is done to people by hand, and its undoing, on a real Synapse."""

from __future__ import annotations

import pytest

from bridge.model import facts as f
from bridge.model.ports import MatrixError
from tests.homeserver.forum import Forum

LEVELS = "m.room.power_levels"


async def test_a_mute_ends_exactly_and_a_ban_is_undone(forum: Forum) -> None:
    """An expert at 25 cannot write for an hour; the bridge is down when it ends, and puts back 25, not 0. Who was
    banned by a slip is invited again, and writes as before. In the forum nothing is said of either."""
    await forum.set_up(levels={"ahli2": 25})
    room, control, people = forum.rooms["forum"], forum.rooms["control"], forum.people
    await forum.start()
    quiet = len(forum.said("dlh"))
    expert = people["ahli2"].user_id

    await people["ahli"].text(control, f"!bisukan {expert} 1 jam terlalu ramai")
    await forum.settle()
    assert (await people["dlh"].state(room, LEVELS))["users"][expert] == -1
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await people["ahli2"].text(room, "Saya masih mau bicara")

    await forum.stop()
    forum.clock.advance(3 * 3600)
    await people["dlh"].text(room, "Selamat siang")
    await forum.start()
    assert (await people["dlh"].state(room, LEVELS))["users"][expert] == 25
    await people["ahli2"].text(room, "Terima kasih, saya kembali")
    await forum.settle()
    done = [(act.verb, act.by) for act in forum.facts(f.Act) if act.person == "ahli2" and act.room == room]
    assert done == [("mute", "ahli"), ("unmute", "rule:ended")]

    message = await people["pupr"].text(room, "Izin, salah kirim nomor rekening")
    await forum.settle()
    await people["ahli"].text(room, "!tarik pesan data pribadi", reply_to=message)
    await forum.settle()
    shown = await people["dlh"].wait_for(lambda e: e.type == "m.room.redaction" and e.sender == forum.bot.user_id)
    assert message in (shown.redacts, shown.content.get("redacts"))

    await people["ahli"].text(control, f"!blokir {people['pupr'].user_id} akunnya dicuri")
    await forum.settle()
    (asked,) = [one for one in forum.facts(f.Proposal) if one.what == "ban"]
    await people["ahli2"].text(control, f"!setuju {asked.number}")
    await forum.settle()
    assert (await people["dlh"].state(room, "m.room.member", people["pupr"].user_id))["membership"] == "ban"
    (ban,) = [act for act in forum.facts(f.Act) if act.verb == "ban"]
    assert (ban.by, ban.second) == ("ahli", "ahli2")
    await people["ahli"].text(control, f"!urungkan {ban.number}")
    assert await people["pupr"].wait_for_invitation(room) == forum.bot.user_id
    await people["pupr"].join(room)
    await forum.settle()
    count = len(forum.facts(f.Act))
    await people["pupr"].text(room, "Terima kasih, sudah kembali")
    await forum.settle()
    assert len(forum.facts(f.Act)) == count
    assert len(forum.said("dlh")) == quiet
    assert forum.failures() == []
