"""Rules on messages in an encrypted room of a real Synapse, as the people's clients see them."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.model.clock import SystemClock
from bridge.model.event import Event
from tests.homeserver.forum import Forum

POLICY = "conduct:\n  pause: 1s\n  rules:\n    - {name: judi, words: [judi]}\n"


async def test_a_flood_and_a_word_in_an_edit_are_told_alone_and_talk_is_shown_its_way(forum: Forum) -> None:
    """Twelve texts: one private reminder. A hidden word in an edit: one more. ↪: an answer in the room."""
    await forum.set_up(people=("bupati", "dlh", "pupr", "ahli"), extra=POLICY)
    forum.clock.set(SystemClock().now())
    await forum.start()
    before = len(forum.said("bupati"))
    room, people = forum.rooms["forum"], forum.people
    dlh = people["dlh"]
    first = await dlh.text(room, "Selamat pagi semua")
    for number in range(2, 15):
        await dlh.text(room, f"Pesan {number}")
    await forum.settle()
    assert len(dlh.invitations) == 1
    chat, inviter = next(iter(dlh.invitations.items()))
    assert inviter == forum.bot.user_id
    await dlh.join(chat)
    await dlh.known(chat)
    forum.rooms["chat"] = chat
    await forum.move(minutes=6)
    told = forum.said("dlh", "chat")
    assert [event.content["msgtype"] for event in told] == ["m.notice"] and told[0].encrypted
    assert "digabung menjadi satu" in told[0].content["body"]
    assert [(fact.rule, fact.person, fact.step) for fact in forum.facts(f.Conduct)] == [("flood", "dlh", "remind")]

    await dlh.edit(room, first, "Selamat pagi semua, ayo ju\u200bdi")
    await forum.settle()
    assert ["kata lain" in _body(event) for event in forum.said("dlh", "chat")] == [False, True]
    assert forum.facts(f.Conduct)[-1].rule == "judi"

    gone = await people["pupr"].text(room, "Siapa ikut mancing hari Minggu?")
    await forum.settle()
    await people["bupati"].react(room, gone, "👍")
    await people["ahli"].react(room, gone, "↪️")
    await forum.settle()
    answers = forum.told("pupr", gone)
    assert ["utas ini" in _body(event) for event in answers] == [True]
    assert gone in _body(answers[0])
    assert len(forum.said("bupati")) == before + 1, "nothing else was said before everybody"
    assert forum.failures() == []


def _body(event: Event) -> str:
    body = event.content.get("body")
    return body if isinstance(body, str) else ""
