"""What an ordinary member may try in an encrypted room, and what the bridge makes of it. On a real Synapse."""

from __future__ import annotations

from urllib.parse import quote
from uuid import uuid4

from bridge.model import facts as f
from bridge.model.event import Json
from bridge.rehearsal.client import StaffClient
from bridge.rehearsal.homeserver import Account
from tests.homeserver.forum import Forum
from tests.words import ORDER


async def test_what_is_forged_is_recorded_as_refused_and_never_acted_on(forum: Forum) -> None:
    """State inside a payload, a relation inside it, another's edit, a clear order, a replay: none has an effect."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli"))
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    order = await people["wabup"].text(room, ORDER)
    await people["pupr"].text(room, "Selamat pagi Bapak Ibu")
    await forum.settle()
    facts = len(forum.facts(f.LevelsSeen, f.Membership, f.RoomChanged))

    intruder = people["pupr"]
    level: Json = {"users": {intruder.user_id: 100}, "kick": 0}
    gone: Json = {"membership": "leave"}
    forged = [
        await smuggle(intruder, room, {"type": "m.room.power_levels", "state_key": "", "content": level}),
        await smuggle(intruder, room, {"type": "m.room.power_levels", "content": level}),
        await smuggle(
            intruder,
            room,
            {"type": "m.room.member", "state_key": people["bupati"].user_id, "content": gone},
        ),
        await smuggle(intruder, room, {"type": "m.room.name", "state_key": "", "content": {"name": "Milik PUPR"}}),
        await smuggle(intruder, room, {"type": "m.room.tombstone", "state_key": "", "content": {"body": "x"}}),
    ]
    new = {"msgtype": "m.text", "body": "Semua libur hari ini"}
    replaces: Json = {"rel_type": "m.replace", "event_id": order}
    inside = await smuggle(
        intruder,
        room,
        {"type": "m.room.message", "content": {**new, "m.new_content": new, "m.relates_to": replaces}},
    )
    edit = await intruder.edit(room, order, "Semua libur hari ini")
    clear = await in_clear(forum, people["wabup"].account, room, "DLH segera perbaiki jalan, laporkan hari ini")
    raw = await forum.call(people["dlh"].account, "GET", f"rooms/{quote(room)}/event/{quote(order)}")
    again = await put(forum, people["wabup"].account, room, "m.room.encrypted", raw["content"])
    stolen = await put(forum, intruder.account, room, "m.room.encrypted", raw["content"])
    await forum.settle()

    assert forum.failures() == []
    refused = {fact.event: fact.why for fact in forum.facts(f.Refused) if isinstance(fact, f.Refused)}
    assert refused == {
        **dict.fromkeys(forged, "spoofed_state"),
        inside: "forged_relation",
        edit: "forged_edit",
        clear: "clear_text",
        again: "replay",
        stolen: "replay",
    }
    assert len(forum.facts(f.LevelsSeen, f.Membership, f.RoomChanged)) == facts
    assert forum.facts(f.Edited) == []
    directives = [fact for fact in forum.facts(f.Directive) if isinstance(fact, f.Directive)]
    assert [(fact.number, fact.text) for fact in directives] == [("P-1", ORDER)]
    for event in (*forged, inside, edit, clear, again, stolen):
        assert forum.chips("bupati", event) == []
    answers = forum.told("wabup", clear)
    assert len(answers) == 1
    assert "tanpa enkripsi" in answers[0].content["body"]
    assert answers[0].content["msgtype"] == "m.notice"

    # The regent, "removed" above, still reads what the bot says and gives orders; the intruder does not.
    await people["bupati"].text(room, "DLH dan PUPR cek saluran air hari ini juga, laporkan sebelum jam 15.00")
    await intruder.text(room, "DLH segera perbaiki jalan di depan kantor kami, laporkan hari ini")
    await forum.settle()
    card = forum.card("bupati", "📌 P-2")
    assert card.posted.sealed is None
    assert len(forum.facts(f.Directive)) == 2
    await intruder.text(forum.rooms["forum"], "!tahap watch")
    await forum.settle()
    assert "ditetapkan dalam kebijakan" in forum.said("bupati")[-1].content["body"]
    assert (await forum.bridge.health()).stage == "enforce"


async def smuggle(client: StaffClient, room: str, payload: Json) -> str:
    """Send any payload that a modified client could encrypt, as an ordinary message event."""
    content = client._device._olm.group_encrypt(room, payload)
    path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.encrypted/{uuid4().hex}"
    return str((await client.wire.call("PUT", path, content))["event_id"])


async def put(forum: Forum, account: Account, room: str, kind: str, content: Json) -> str:
    """Send an event exactly so."""
    path = f"rooms/{quote(room)}/send/{kind}/{uuid4().hex}"
    return str((await forum.call(account, "PUT", path, content))["event_id"])


async def in_clear(forum: Forum, account: Account, room: str, body: str) -> str:
    """What a client without encryption, or a homeserver that lies, would send."""
    return await put(forum, account, room, "m.room.message", {"msgtype": "m.text", "body": body})
