"""Messages whose key did not come: listed, told of once and privately, opened later. On a real Synapse."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.rehearsal.pictures import photo
from tests.homeserver.forum import Forum
from tests.homeserver.withheld import WithheldKeys


async def test_what_cannot_be_read_is_listed_told_once_and_never_counts_as_missing(forum: Forum) -> None:
    """The words came, the photo stays sealed for hours: nobody is asked for it; when its key comes, it counts."""
    await forum.set_up(people=("bupati", "wabup", "dlh", "pupr", "ahli"))
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    await people["wabup"].text(room, "DLH dan PUPR bersihkan saluran di pasar hari ini, laporkan")
    words = await people["pupr"].text(room, "Izin melaporkan, saluran di pasar sudah bersih")
    await forum.settle()

    # Another phone of the same person, whose keys the bot does not get.
    second = await forum.homeserver.login(people["pupr"].user_id, forum.accounts["pupr"].password)
    phone = await forum.cast.play(second)
    keys = WithheldKeys(phone, forum.session, forum.bot.user_id)
    picture = await phone.image(room, photo(1))
    siap = await phone.text(room, "Mohon arahan selanjutnya Pak")
    await forum.settle()
    sealed = [fact for fact in forum.facts(f.Sealed) if isinstance(fact, f.Sealed)]
    assert [(fact.event, fact.person) for fact in sealed] == [(picture, "pupr"), (siap, "pupr")]
    await people["bupati"].wait_for(lambda event: event.event_id == siap and event.sealed is None)
    said = len(forum.said("bupati"))

    await forum.move(minutes=4)
    assert phone.invitations == {}
    await forum.move(minutes=2)
    assert len(phone.invitations) == 1
    chat, inviter = next(iter(phone.invitations.items()))
    assert inviter == forum.bot.user_id
    await phone.join(chat)
    await people["pupr"].known(chat)
    forum.rooms["chat"] = chat
    await forum.move(minutes=6)
    told = [event for event in phone.events if event.room_id == chat and event.sender == forum.bot.user_id]
    told = [event for event in told if event.type == "m.room.message"]
    assert len(told) == 1
    assert "belum dapat kami baca" in told[0].content["body"]
    assert told[0].encrypted

    # Past the ten minutes, and past the two hours: no word of missing evidence while something is unread.
    await forum.move(hours=3)
    assert [e.content["body"] for e in forum.said("bupati")[said:] if "P-1" not in e.content["body"]] == []
    assert forum.facts(f.Opened) == []

    await keys.release()
    await forum.move(minutes=1)
    opened = [fact.event for fact in forum.facts(f.Opened) if isinstance(fact, f.Opened)]
    assert opened == [picture, siap]
    late = {fact.event: fact.late for fact in forum.facts(f.Message) if isinstance(fact, f.Message)}
    assert late[picture] == "decrypted"
    assert late[words] == ""
    states = [fact.state for fact in forum.facts(f.Task) if isinstance(fact, f.Task) and fact.unit == "pupr"]
    assert states[-1] == "reported"
    await forum.move(minutes=2)
    assert "1 siap · 1 lapor · 1 belum" in forum.card("bupati", "📌 P-1").shown
    asked = [fact.what for fact in forum.facts(f.Asked) if isinstance(fact, f.Asked) and fact.person == "pupr"]
    assert asked == ["key"]
    assert forum.failures() == []
