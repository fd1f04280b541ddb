"""Who is a member, with the care that is due to people: on a real Synapse, in `enforce`."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.model.event import Json
from bridge.rehearsal.client import StaffClient
from tests.homeserver.forum import Forum
from tests.waiting import until


async def test_the_listed_are_invited_and_the_unlisted_leave_after_a_notice(forum: Forum) -> None:
    """Each reads why on their own screen; a cancelled removal stays cancelled; a knock is let in or asked about."""
    await forum.set_up(absent=("citta",), join_rule="knock")
    room, control, people = forum.rooms["forum"], forum.rooms["control"], forum.people
    await forum.start()

    # Listed and absent.
    assert await people["citta"].wait_for_invitation(room) == forum.bot.user_id
    assert "tercantum dalam daftar anggota Forum Uji" in str((await _invited(forum, people["citta"]))["reason"])
    await people["citta"].join(room)

    # Not listed, brought in by members.
    guest, other = await forum.cast.client("tamu"), await forum.cast.client("lain")
    for member, stranger in (("pupr", guest), ("dlh", other)):
        await people[member].invite(room, stranger.user_id)
        await stranger.join(room)
        await forum.settle()
    cards = [forum.card("ahli", f"A-{place} · Akan dikeluarkan", "control") for place in _open(forum, "remove")]
    assert [who.user_id in card.shown for who, card in zip((guest, other), cards, strict=True)] == [True, True]
    assert all("tidak tercantum" in card.shown and "!batal A-" in card.shown for card in cards)
    assert cards[1].shown.count("07.15") == 1
    kept = cards[1].shown.split(" ")[0]
    await people["ahli"].text(control, f"!batal {kept}")
    await forum.settle()
    assert f"{kept} dibatalkan" in forum.said("ahli", "control")[-1].content["body"]
    await forum.move(minutes=14)
    assert (await people["bupati"].state(room, "m.room.member", guest.user_id))["membership"] == "join"
    await forum.move(minutes=2)
    left = await guest.wait_for(lambda event: event.type == "m.room.member" and _is_out(event.content))
    assert left.sender == forum.bot.user_id
    assert "Mohon maaf" in left.content["reason"]
    assert "hubungi" in left.content["reason"]
    assert (await people["bupati"].state(room, "m.room.member", other.user_id))["membership"] == "join"
    assert forum.said("bupati")[1:] == []

    # Who left by hand is not fetched back, and is let in again at the first knock.
    await people["pupr"].leave(room)
    await forum.move(hours=20)
    assert (await people["bupati"].state(room, "m.room.member", people["pupr"].user_id))["membership"] == "leave"
    await people["pupr"].knock(room, "Maaf Pak, tadi salah pencet")
    await people["pupr"].wait_for_invitation(room)
    assert "sudah disetujui" in str((await _invited(forum, people["pupr"]))["reason"])

    # An outsider knocks, changes their mind, knocks again: one card, and a person decides.
    outsider = await forum.cast.client("luar")
    await outsider.knock(room, "Saya wartawan, ingin ikut")
    await forum.settle()
    await outsider.leave(room)
    await forum.settle()
    await outsider.knock(room, "Saya wartawan, ingin ikut")
    await forum.settle()
    waiting = _open(forum, "invite")
    assert len(waiting) == 1
    card = forum.card("ahli", f"A-{waiting[0]} · Akan diundang", "control")
    assert outsider.user_id in card.shown
    assert "wartawan" in card.shown
    await people["ahli2"].text(control, f"!setuju A-{waiting[0]}")
    await forum.settle()
    assert await outsider.wait_for_invitation(room) == forum.bot.user_id
    assert forum.failures() == []


async def test_a_shorter_roster_waits_for_two_people_and_a_broken_one_changes_nothing(forum: Forum) -> None:
    """Three fewer: nothing until two type their word. A faulty file: its line is told, the old one stays."""
    await forum.set_up()
    room, control, people = forum.rooms["forum"], forum.rooms["control"], forum.people
    await forum.start()
    everybody = {client.user_id for client in people.values()}

    config = forum.root / "config" / "roster.yaml"
    good = config.read_text(encoding="utf-8")
    config.write_text(good.replace("role: leader", "role: raja"), encoding="utf-8")
    await _heard(forum, "belum berlaku")
    rejected = next(
        e.content["body"] for e in forum.said("ahli", "control") if "belum berlaku" in e.content["body"]
    )
    line = next(n for n, text in enumerate(good.splitlines(), 1) if "role: leader" in text)
    assert rejected.startswith("roster.yaml yang baru belum berlaku")
    assert f"roster.yaml:{line}:" in rejected
    assert "raja" in rejected
    assert str(forum.root) not in rejected
    await forum.move(hours=1)
    assert await _joined(forum, room) == everybody

    gone = ("dlh", "pupr", "citta")
    forum.write_files(without=gone)
    await _heard(forum, "sekarang berlaku")
    await forum.settle()
    number = f"A-{_open(forum, 'remove_many')[0]}"
    card = forum.card("ahli", f"{number} · Akan dikeluarkan 3 akun", "control")
    assert all(people[name].user_id in card.shown for name in gone)
    await people["ahli"].react(control, card.posted.event_id, "✅")
    await people["ahli2"].react(control, card.posted.event_id, "✅")
    await forum.move(hours=30)
    assert await _joined(forum, room) == everybody
    await people["ahli"].text(control, f"!setuju {number}")
    await forum.settle()
    await people["ahli"].text(control, f"!setuju {number}")
    await forum.settle()
    assert "satu orang dihitung sekali" in forum.said("ahli", "control")[-1].content["body"]
    assert await _joined(forum, room) == everybody
    await people["ahli2"].text(control, f"!setuju {number}")
    await forum.settle()
    assert await _joined(forum, room) == everybody - {people[name].user_id for name in gone}
    out = await people["dlh"].wait_for(lambda event: event.type == "m.room.member" and _is_out(event.content))
    assert "Mohon maaf" in out.content["reason"]

    # They did not leave of their own accord: listed again, the roster brings them back.
    forum.write_files()
    await until(lambda: room in people["dlh"].invitations, "the invitation of whoever is listed again")
    assert forum.failures() == []


async def _joined(forum: Forum, room: str) -> set[str]:
    """The members of the forum as the homeserver has them, without the bot."""
    answer = await forum.call(forum.bot, "GET", f"rooms/{room}/joined_members")
    return set(answer["joined"]) - {forum.bot.user_id}


async def _invited(forum: Forum, client: StaffClient) -> Json:
    """The content of the invitation as it comes down the invited person's own sync."""
    answer = await forum.call(client.account, "GET", "sync?timeout=0")
    stripped = answer["rooms"]["invite"][forum.rooms["forum"]]["invite_state"]["events"]
    content: Json = next(e["content"] for e in stripped if e.get("state_key") == client.user_id)
    return content


def _is_out(content: Json) -> bool:
    return content.get("membership") == "leave" and "reason" in content


def _open(forum: Forum, what: str) -> list[int]:
    """The numbers of what waits in the control room, oldest first."""
    state: dict[int, str] = {}
    for fact in forum.facts(f.Proposal):
        if isinstance(fact, f.Proposal) and fact.what == what:
            state[int(fact.number.removeprefix("A-"))] = fact.state
    return [number for number, now in state.items() if now == "open"]


async def _heard(forum: Forum, words: str) -> None:
    """Wait until the control room hears of a changed file; it is read when it has held still for a moment."""
    await until(lambda: any(words in e.content["body"] for e in forum.said("ahli", "control")), words)
