"""Too much of everything, in an encrypted room of a real Synapse: the bot answers once, and the room goes on."""

from __future__ import annotations

import asyncio

from bridge.forum.saying import text_hash
from bridge.model import facts as f
from bridge.model.clock import SystemClock
from bridge.rehearsal import messages
from tests.homeserver.forum import Forum

POLICY = "conduct:\n  pause: 1s\n  rules:\n    - {name: sebutan, mentions_above: 20}\n"
LONGEST = 40_000
"""Characters of a body whose encrypted event is just under the 64 KiB that Matrix allows."""

STRANGERS = 120


async def test_the_longest_body_a_thousand_mentions_and_a_storm_of_edits(forum: Forum) -> None:
    """Each is recorded whole and answered at most once, alone; the order after them is followed as ever."""
    await forum.set_up(people=("bupati", "dlh", "pupr", "citta", "ahli"), extra=POLICY)
    forum.clock.set(SystemClock().now())
    await forum.start()
    room, people = forum.rooms["forum"], forum.people
    before = len(forum.said("bupati"))

    whole = "Kami jelaskan panjang lebar" + ", kata" * (LONGEST // 6)
    long = await people["dlh"].text(room, whole)
    crowd = messages.text("Semuanya tolong lihat")
    crowd["m.mentions"] = {"user_ids": [f"@orang-{number}:localhost" for number in range(1000)]}
    await people["pupr"].send(room, "m.room.message", crowd)
    restless = await people["citta"].text(room, "Selamat pagi")
    for number in range(1, 61):
        await people["citta"].edit(room, restless, f"Selamat pagi, ralat ke-{number}")
    await forum.settle()

    recorded = {fact.event: fact for fact in forum.facts(f.Message)}
    assert recorded[long].text_hash == text_hash(whole)
    assert len([fact for fact in forum.facts(f.Edited) if fact.event == restless]) == 60
    met = [(fact.person, fact.rule, fact.step) for fact in forum.facts(f.Conduct) if fact.step != "listed"]
    assert sorted(set(met)) == [("citta", "edits", "remind"), ("pupr", "sebutan", "remind")]
    assert len([one for one in met if one[0] == "citta"]) <= 3, "twenty edits a minute are one step"
    assert not people["dlh"].invitations
    assert len(forum.said("bupati")) == before, "nothing of it was said before everybody"

    order = await people["bupati"].text(room, "DLH dan PUPR, bersihkan pasar, paling lambat besok jam 10.00")
    await forum.settle()
    assert [chip.split()[0] for chip in forum.chips("dlh", order)] == ["📌"]
    assert forum.failures() == []


async def test_a_wave_of_strangers_is_one_question(forum: Forum) -> None:
    """Somebody who may invite brings strangers without end: the control room is asked once; nothing is locked.

    The homeserver takes 70 ms for each of them; a thousand are played at the desk (tests/forum/test_waves.py).
    """
    await forum.set_up(people=("bupati", "dlh", "ahli", "ahli2"), levels={"dlh": 50})
    await forum.start()
    room, dlh = forum.rooms["forum"], forum.people["dlh"]
    at_once = asyncio.Semaphore(8)

    async def invite(number: int) -> None:
        async with at_once:
            await dlh.invite(room, f"@gelombang-{number}:localhost")

    await asyncio.gather(*(invite(number) for number in range(STRANGERS)))
    await forum.settle()
    await forum.move(minutes=2)
    (wave,) = [one for one in forum.facts(f.Proposal) if one.what == "wave"]
    assert f"{STRANGERS} akun yang tidak tercantum" in forum.card("ahli", f"{wave.number} · ⚠️", "control").shown
    asked = [event for event in forum.said("ahli", "control") if wave.number in str(event.content["body"])]
    assert len([event for event in asked if not str(event.content["body"]).startswith("* ")]) == 1
    assert [act for act in forum.facts(f.Act) if act.verb in ("remove", "lock")] == []
    await forum.people["bupati"].text(room, "DLH, mohon laporkan kondisi pasar hari ini")
    await forum.settle()
    assert [fact.number for fact in forum.facts(f.Directive)] == ["P-1"]
    assert forum.failures() == []
