"""Power levels on a real Synapse: a lock that outlives the bridge, and a room whose owner takes the bot's power."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from bridge.model import facts as f
from bridge.model.event import Event, Json
from bridge.model.ports import MatrixError
from bridge.rehearsal.client import StaffClient
from tests.homeserver.forum import Forum
from tests.waiting import until

LEVELS = "m.room.power_levels"
ROLES = "levels:\n  roles: {leader: 50, deputy: 50, expert: 50}\n"
WAVE = "membership:\n  wave: {joins: 3, within: 10m}\n"


async def _levels(client: StaffClient, room: str) -> Json:
    return await client.state(room, LEVELS)


def _renamed(event: Event, user: str) -> bool:
    return (
        event.type == "m.room.member"
        and event.state_key == user
        and "\u200b" in str(event.content.get("displayname"))
    )


async def test_a_lock_is_opened_exactly_after_a_restart(forum: Forum) -> None:
    """In an encrypted room of version 12 that the bot made: its levels follow the roles, heads are kept out, and
    everything is as before when another process opens it."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "ahli", "ahli2"), extra=ROLES)
    room, people = forum.rooms["forum"], forum.people
    await forum.start()
    before = await _levels(people["dlh"], room)
    led = {people[name].user_id: 50 for name in ("bupati", "wabup", "ahli", "ahli2")}
    assert before["users"] == led

    await people["ahli"].text(room, "!kunci sampai jam 17.00 rapat pimpinan")
    await forum.settle()
    notice = forum.said("dlh")[-1].content
    assert notice["msgtype"] == "m.notice"
    assert "dikunci sampai" in notice["body"]
    assert "17.00" in notice["body"]
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await people["dlh"].text(room, "Izin melaporkan")
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await people["dlh"].react(room, forum.said("dlh")[-1].event_id, "👍")
    await people["wabup"].text(room, "Mohon perhatian untuk rapat pimpinan.")
    await forum.settle()

    await forum.stop()
    await forum.start()
    await people["ahli2"].text(forum.rooms["control"], "!buka")
    await forum.settle()
    assert await _levels(people["dlh"], room) == before
    assert "dibuka kembali" in forum.said("dlh")[-1].content["body"]
    await people["dlh"].text(room, "Siap, terima kasih")
    await forum.settle()
    assert [act.verb for act in forum.facts(f.Act) if act.room == room] == ["levels", "lock", "unlock"]


async def test_a_room_whose_owner_changes_levels_invites_strangers_and_demotes_the_bot(forum: Forum) -> None:
    """A drift, a look-alike name and a wave are told once each; without its power the bot says what is missing."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli", "ahli2"), extra=ROLES + WAVE)
    people, control = forum.people, forum.rooms["control"]
    owner = people["wabup"]
    members = [client.user_id for name, client in people.items() if name != "wabup"]
    room = forum.rooms["forum"] = await owner.create_room(
        "Forum", levels={forum.bot.user_id: 100}, invite=[*members, forum.bot.user_id]
    )
    for name, client in people.items():
        if name != "wabup":
            await client.join(room)
    await forum.call(forum.bot, "POST", f"join/{quote(room)}")
    forum.write_settings()
    await forum.start()
    await people["ahli"].text(control, "!tahap tag")
    await forum.settle()
    (asked,) = [one for one in forum.facts(f.Proposal) if one.what == "stage"]
    await people["ahli2"].text(control, f"!setuju {asked.number}")
    await forum.settle()

    def told(words: str) -> list[str]:
        bodies = [str(event.content["body"]) for event in forum.said("ahli", "control")]
        return [body for body in bodies if words in body and not body.startswith("* ")]

    # A level given by hand: told with the next sync, and left, as the policy says.
    pupr = people["pupr"].user_id
    given = await _levels(owner, room)
    await owner.set_state(room, LEVELS, {**given, "users": {**given["users"], pupr: 50}})
    await forum.settle()
    (drift,) = told("mengubah langsung tingkat kuasa")
    assert f"Pupr Contoh ({pupr}) sekarang 50; menurut kebijakan, perannya 0" in drift

    # A name like the regent's, with a Cyrillic letter and one that nobody sees.
    path = f"profile/{quote(pupr)}/displayname"
    await forum.call(people["pupr"].account, "PUT", path, {"displayname": "Bupati C\u043en\u200btoh"})
    # The homeserver brings it into the rooms when it has time.
    await until(lambda: any(_renamed(event, pupr) for event in owner.events), "the new name is in the room")
    await forum.settle()
    (name,) = told("mirip nama orang lain")
    assert "U+200B" in name
    assert pupr in name
    assert "\u200b" not in name

    # More strangers than the policy expects: one question about all of them.
    strangers = [await forum.cast.user(f"orang-{number}") for number in range(6)]
    for stranger in strangers:
        await people["dlh"].invite(room, stranger.user_id)
    await forum.settle()
    await forum.move(minutes=2)
    (wave,) = [one for one in forum.facts(f.Proposal) if one.what == "wave"]
    card = forum.card("ahli", f"{wave.number} · ⚠️", "control")
    assert "6 akun yang tidak tercantum" in card.shown
    assert [act for act in forum.facts(f.Act) if act.verb in ("remove", "lock")] == []

    # The owner takes the bot's power: what is asked for then is refused with a reason, and works when it is back.
    full = await _levels(owner, room)
    await owner.set_state(room, LEVELS, {**full, "users": {**full["users"], forum.bot.user_id: 0}})
    await forum.settle()
    (lost,) = told("Izin bot di ruang forum hilang")
    assert "kick" in lost
    await people["ahli"].text(control, f"!setuju {wave.number}")
    await forum.settle()
    assert len(told("terlalu rendah")) == 1
    await owner.set_state(room, LEVELS, full)
    await forum.settle()
    assert len(told("sudah lengkap kembali")) == 1
    await people["ahli"].text(control, f"!setuju {wave.number}")
    await forum.settle()
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await people["dlh"].invite(room, (await forum.cast.user("orang-lagi")).user_id)
    with pytest.raises(MatrixError, match="M_FORBIDDEN"):
        await people["dlh"].text(room, "Izin bertanya")
    await people["bupati"].text(room, "!buka")
    await forum.settle()
    assert await _levels(owner, room) == full
    assert len(told("Izin bot di ruang forum hilang")) == 1
    assert forum.failures() == []
