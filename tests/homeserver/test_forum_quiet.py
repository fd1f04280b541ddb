"""Quiet hours of single units in an encrypted room of a real Synapse, as the people's clients see them."""

from __future__ import annotations

from bridge.model import facts as f
from tests.homeserver.forum import Forum
from tests.homeserver.test_forum_ringing import rings

POLICY = (
    "reminders: {quiet_hours: {hours: 21:00-06:00, units: {pupr: none}}}\n"
    "conduct: {night: {notice: true, duty: [peternakan]}}\n"
)
CHAT = "Ada yang melihat kunci ruang rapat?"


async def test_at_night_each_unit_is_met_by_its_own_hours(forum: Forum) -> None:
    """An order rings the unit that is always reached; ordinary talk of any other is told once, privately."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "peternakan", "pupr", "ahli"), extra=POLICY)
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    await forum.move(hours=15, minutes=50)
    before = len(forum.said("bupati"))
    await people["wabup"].text(room, "DLH dan PUPR periksa tanggul, laporkan besok jam 12.00")
    await forum.settle()
    assert rings(forum.card("pupr", "📌 P-1").posted) == {people["pupr"].user_id}

    for name in ("peternakan", "pupr", "dlh"):
        await people[name].text(room, CHAT)
    await people["dlh"].text(room, "Oh sudah ketemu, di atas meja saya")
    await forum.settle()
    assert [len(people[name].invitations) for name in ("peternakan", "pupr", "dlh")] == [0, 0, 1]
    chat = next(iter(people["dlh"].invitations))
    await people["dlh"].join(chat)
    await people["dlh"].known(chat)
    forum.rooms["chat"] = chat
    await forum.move(minutes=2)
    notices = forum.said("dlh", "chat")
    assert [event.content["msgtype"] for event in notices] == ["m.notice"]
    assert notices[0].encrypted
    assert "dibaca besok pagi; ini jam tenang" in str(notices[0].content["body"])

    flood = await people["dlh"].text(room, "BANJIR di Lalabata, air sudah satu meter")
    await forum.settle()
    assert rings(forum.told("bupati", flood)[0]) == {people["bupati"].user_id, people["wabup"].user_id}
    assert len(forum.said("dlh", "chat")) == 1
    assert {fact.person for fact in forum.facts(f.Conduct) if isinstance(fact, f.Conduct)} == {"dlh"}
    assert len(forum.said("bupati")) > before
    assert forum.failures() == []
