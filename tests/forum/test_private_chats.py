"""Commands in a direct chat: obeyed where exactly the two are, and nowhere else (P9)."""

from __future__ import annotations

from bridge.ledger import rooms
from bridge.model import facts as f
from bridge.model.effects import Say
from tests.forum.desk import BOT, Desk, user

CHAT = "!chat"


def _chat(desk: Desk, *members: str) -> None:
    desk.store.begin()
    rooms.set_room(desk.store, CHAT, forum="uji", kind="direct", person="ahli-1")
    rooms.set_membership(desk.store, CHAT, "join")
    desk.store.commit()
    for who in (BOT, *members):
        _member(desk, who, "join")


def _member(desk: Desk, who: str, membership: str) -> None:
    desk.put(desk.state(CHAT, "m.room.member", who, {"membership": membership}, sender=who))


def _private(desk: Desk) -> list[str]:
    return [say.person for say in desk.effects(Say) if say.key == "refused.not_private"]


def test_where_only_the_two_are_commands_are_obeyed(desk: Desk) -> None:
    """An expert lowers the stage from a direct chat."""
    _chat(desk, user("ahli-1"))
    desk.say("ahli-1", "tahap tag", room=CHAT)
    assert [fact.stage for fact in desk.facts(f.Stage)] == ["tag"]
    assert _private(desk) == []


def test_with_a_third_nothing_is_obeyed_and_its_author_is_told_once(desk: Desk) -> None:
    """Bare or with a mark, whether the third is listed or not; told privately, once a day at most."""
    _chat(desk, user("ahli-1"), "@luar:desk")
    for words in ("tahap tag", "!tahap tag", "daftar"):
        desk.say("ahli-1", words, room=CHAT)
    desk.say("@luar:desk", "tahap tag", room=CHAT)
    assert desk.facts(f.Stage) == []
    assert [fact.why for fact in desk.facts(f.Refused)] == ["not_private"] * 3
    assert _private(desk) == ["ahli-1"]
    assert [say.key for say in desk.said(CHAT)] == ["command.unlisted"], "held back at sending, as others listen"
    desk.move(hours=25)
    desk.say("ahli-1", "daftar", room=CHAT)
    assert _private(desk) == ["ahli-1"] * 2
    _member(desk, "@luar:desk", "leave")
    desk.say("ahli-1", "tahap tag", room=CHAT)
    assert [fact.stage for fact in desk.facts(f.Stage)] == ["tag"]


def test_whoever_stayed_behind_in_anothers_chat_is_not_obeyed(desk: Desk) -> None:
    """Two members, but not the two: another expert came in and the first one left."""
    _chat(desk, user("ahli-2"))
    desk.say("ahli-2", "tahap tag", room=CHAT)
    assert desk.facts(f.Stage) == []
    assert _private(desk) == ["ahli-2"]


def test_talk_in_a_direct_chat_is_nobodys_business(desk: Desk) -> None:
    """With a third or without: nothing is recorded, nobody is told anything."""
    _chat(desk, user("ahli-1"), "@luar:desk")
    desk.say("ahli-1", "Terima kasih banyak ya", room=CHAT)
    assert desk.facts(f.Refused) == []
    assert _private(desk) == []


def test_an_emergency_in_a_direct_chat_rings_the_leaders_in_the_forum(desk: Desk) -> None:
    """For whoever cannot write there, as while it is locked: with the hashtag or its word first, at any hour."""
    _chat(desk, user("ahli-1"))
    desk.move(hours=15)
    desk.say("ahli-1", "#darurat banjir di Citta, air setinggi dada", room=CHAT)
    (ring,) = [say for say in desk.said() if say.key == "emergency.passed_on"]
    assert ring.rings
    assert set(ring.mentions) == {user("bupati"), user("wabup"), user("sekda")}
    assert "air setinggi dada" in str(ring.values["text"])
    assert [say.key for say in desk.said(CHAT)] == ["emergency.heard"]
    (fact,) = desk.facts(f.Emergency)
    assert (fact.rung, fact.words) == (("bupati", "wabup", "sekda"), ("#darurat",))
    desk.say("ahli-1", "Darurat: jembatan putus", room=CHAT)
    assert len(desk.facts(f.Emergency)) == 2


def test_a_word_about_emergencies_and_a_strangers_cry_ring_nobody(desk: Desk) -> None:
    """What is only talked about in a direct chat stays there."""
    _chat(desk, user("ahli-1"))
    desk.say("ahli-1", "Bagaimana cara melapor banjir kalau darurat?", room=CHAT)
    desk.say("@luar:desk", "#darurat tolong", room=CHAT)
    assert desk.facts(f.Emergency) == []
    assert desk.said() == []
