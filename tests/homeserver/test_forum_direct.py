"""Talking to the bot alone: who may invite it, what it answers, and when it keeps silent. On a real Synapse."""

from __future__ import annotations

from bridge.model.event import Event
from bridge.rehearsal.client import StaffClient
from tests.homeserver.forum import Forum


async def test_a_direct_chat_has_two_members_or_gets_no_answers(forum: Forum) -> None:
    """An expert's invitation is accepted, others' are not; bare words work; silence with a third person."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli"))
    await forum.start()
    people = forum.people
    await people["wabup"].text(forum.rooms["forum"], "DLH dan PUPR bersihkan saluran di pasar hari ini, laporkan")
    await forum.settle()

    outsider = await forum.cast.client("luar")
    for nobody in (outsider, people["dlh"]):
        refused = await forum.direct_chat(nobody)
        await _until_bot(nobody, refused, forum.bot.user_id, "leave")
    assert await _memberships(forum) == set(forum.rooms.values())

    chat = await forum.direct_chat(people["ahli"])
    await _until_bot(people["ahli"], chat, forum.bot.user_id, "join")
    forum.rooms["chat"] = chat
    await people["ahli"].text(chat, "bantuan")
    await forum.settle()
    help_ = forum.said("ahli", "chat")[-1]
    assert help_.encrypted
    assert "Perintah bot Forum Uji" in help_.content["body"]
    assert "• bantuan" in help_.content["body"]
    await people["ahli"].text(chat, "daftar")
    await forum.settle()
    assert "P-1" in forum.said("ahli", "chat")[-1].content["body"]
    assert "PUPR" in forum.said("ahli", "chat")[-1].content["body"]
    await people["ahli"].text(chat, "Terima kasih banyak ya")
    await forum.settle()
    assert len(forum.said("ahli", "chat")) == 2

    # Somebody else is brought in: what the bot knows of others is not for this room any more.
    await people["ahli"].invite(chat, outsider.user_id)
    await outsider.join(chat)
    await forum.settle()
    for asked in ("daftar", "status", "P-1", "!daftar"):
        await people["ahli"].text(chat, asked)
    await outsider.text(chat, "daftar")
    await forum.settle()
    seen = [event.content["body"] for event in _bot(outsider, forum)]
    assert not any("P-1" in body or "PUPR" in body for body in seen), seen
    assert len(forum.said("ahli", "chat")) == 2
    await outsider.leave(chat)
    await forum.settle()
    assert len(forum.said("ahli", "chat")) == 2
    await people["ahli"].text(chat, "daftar")
    await forum.settle()
    assert len(forum.said("ahli", "chat")) == 3
    assert forum.failures() == []
    health = await forum.bridge.health()
    assert health.ok, health.reasons


async def _until_bot(person: StaffClient, room: str, bot: str, membership: str) -> None:
    await person.wait_for(
        lambda event: (
            event.room_id == room and event.state_key == bot and event.content.get("membership") == membership
        )
    )


async def _memberships(forum: Forum) -> set[str]:
    """The rooms that the bot is in."""
    return set((await forum.call(forum.bot, "GET", "joined_rooms"))["joined_rooms"])


def _bot(person: StaffClient, forum: Forum) -> list[Event]:
    """What a person has received from the bot, in any room."""
    return [e for e in person.events if e.sender == forum.bot.user_id and e.type == "m.room.message"]
