"""Rooms that are upgraded on a real Synapse: the forum goes there whole, and only where both rooms say so."""

from __future__ import annotations

from bridge.model import facts as f
from tests.homeserver.forum import Forum
from tests.waiting import until


async def test_an_upgraded_forum_goes_on_with_everybody_every_number_and_what_was_open(forum: Forum) -> None:
    """From version 10 to 11, encrypted, by an expert: nobody removed or missing, P-1 answered in the new room."""
    await forum.set_up(version="10", levels={"ahli": 100})
    old, people = forum.rooms["forum"], forum.people
    await forum.start()
    order = "Perintah: DLH dan PUPR segera bersihkan pasar paling lambat besok jam 15.00"
    await people["bupati"].text(old, order)
    await forum.settle()
    members = (await people["bupati"].wire.call("GET", f"/_matrix/client/v3/rooms/{old}/joined_members"))["joined"]

    new = await upgrade(forum, "ahli", "forum", "11")
    await forum.settle()
    assert "belum dapat masuk" in forum.said("ahli", "control")[-1].content["body"]
    assert forum.bridge.files.book.rooms["forum"] == old
    # What is written in the old room meanwhile is read there.
    note = await people["ahli"].text(old, "Catatan: ruang dipindah")
    await people["ahli"].invite(new, forum.bot.user_id)
    for name, client in people.items():
        if name != "ahli":
            await client.wait_for_invitation(new)
            await client.join(new)
    forum.rooms["forum"] = new
    await forum.settle()

    assert forum.bridge.files.book.rooms["forum"] == new
    here = (await people["bupati"].wire.call("GET", f"/_matrix/client/v3/rooms/{new}/joined_members"))["joined"]
    assert set(here) == set(members)
    assert [fact.verb for fact in forum.facts(f.Act) if fact.verb != "invite"] == []
    replaced = forum.facts(f.RoomReplaced)
    assert [(fact.room, fact.replacement, fact.by) for fact in replaced] == [(old, new, people["ahli"].user_id)]
    told = [said.content["body"] for said in forum.said("ahli", "control")]
    assert sum("forum sekarang ada di ruang baru (versi 11)" in body for body in told) == 1

    # What is open is said when people are there to read it: in an encrypted room nobody reads what was before.
    await forum.move(minutes=11)
    said = forum.said("pupr")[-1].content["body"]
    assert "1 perintah masih terbuka" in said and "P-1: Perintah: DLH dan PUPR" in said

    # The order of the old room is answered in the new one, its card stands there, and the numbers go on.
    await people["dlh"].text(new, "Siap P-1")
    await people["bupati"].text(new, "Perintah: Camat Citta cek tanggul hari ini")
    await forum.settle()
    states = {(task.directive, task.unit): task.state for task in forum.facts(f.Task)}
    assert states["P-1", "dlh"] == "acknowledged"
    assert states["P-2", "citta"] == "open"
    card = forum.card("pupr", "📌 P-1")
    assert card.posted.encrypted
    assert [fact.number for fact in forum.facts(f.Directive)] == ["P-1", "P-2"]
    in_old = [fact.event for fact in forum.facts(f.Message) if fact.room == old]
    assert note in in_old

    # And after a restart, though the settings still name the old room.
    await forum.stop()
    await forum.start()
    await people["bupati"].text(new, "Perintah: Dinas Peternakan periksa sapi di Citta hari ini")
    await forum.settle()
    assert forum.bridge.files.book.rooms["forum"] == new
    assert [fact.number for fact in forum.facts(f.Directive)] == ["P-1", "P-2", "P-3"]
    assert forum.failures() == []


async def test_the_control_and_audit_rooms_are_followed_and_a_forgery_is_not(
    forum: Forum,
) -> None:
    """From version 10 to 12, by an expert; then a tombstone names a room that knows of nothing."""
    await forum.set_up(people=("bupati", "dlh", "ahli", "ahli2"), version="10", levels={"ahli": 100})
    people = forum.people
    await forum.start()
    await people["ahli"].wait_for_invitation(forum.rooms["audit"])
    await people["ahli"].join(forum.rooms["audit"])
    for kind in ("control", "audit"):
        new = await upgrade(forum, "ahli", kind, "12")
        await people["ahli"].invite(new, forum.bot.user_id)
        if kind == "control":
            await people["ahli2"].wait_for_invitation(new)
            await people["ahli2"].join(new)
        forum.rooms[kind] = new
        await forum.settle()
    assert forum.bridge.files.book.rooms == forum.rooms
    await people["ahli2"].text(forum.rooms["control"], "!status")
    await forum.settle()
    answer = forum.said("ahli2", "control")[-1].content["body"]
    assert "Bot bekerja di: forum, ruang kendali, dan ruang audit." in answer

    false = await people["ahli"].create_room("Palsu", invite=[forum.bot.user_id])
    await people["ahli"].set_state(forum.rooms["forum"], "m.room.tombstone", {"replacement_room": false})
    await forum.settle()
    # The bot refused an invitation to a room that was nobody's; now it looks in.
    await people["ahli"].invite(false, forum.bot.user_id)
    await until(
        lambda: "tidak menyebut ruang yang lama" in forum.said("ahli2", "control")[-1].content["body"], "told"
    )
    assert forum.bridge.files.book.rooms["forum"] == forum.rooms["forum"]
    await people["bupati"].text(forum.rooms["forum"], "Perintah: DLH segera bersihkan pasar hari ini")
    await forum.settle()
    assert [fact.number for fact in forum.facts(f.Directive)] == ["P-1"]
    assert [fact.of for fact in forum.facts(f.RoomReplaced)] == ["control", "audit"]
    assert forum.failures() == []


async def upgrade(forum: Forum, person: str, kind: str, version: str) -> str:
    """A person upgrades a room as clients do; returns the new room."""
    body = {"new_version": version}
    answer = await forum.call(forum.people[person].account, "POST", f"rooms/{forum.rooms[kind]}/upgrade", body)
    new = str(answer["replacement_room"])
    await forum.people[person].known(new)
    return new
