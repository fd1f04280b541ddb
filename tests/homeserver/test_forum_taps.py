"""Cards that people answer with a tap: a real Synapse, real clients, an encrypted control room."""

from __future__ import annotations

from bridge.model import facts as f
from tests.homeserver.forum import Forum


async def test_the_first_tap_by_somebody_with_the_right_counts_and_forged_cards_are_dead(forum: Forum) -> None:
    """An expert taps the bot's ✅. A stranger's tap, a look-alike of the card and a later ❌ do nothing."""
    await forum.set_up(people=("bupati", "ahli", "ahli2", "dlh"))
    await forum.start()
    room, control, people = forum.rooms["forum"], forum.rooms["control"], forum.people
    guest, stranger = await forum.cast.client("tamu"), await forum.cast.client("asing")

    await people["ahli"].text(control, f"!undang {guest.user_id}")
    await forum.settle()
    number = forum.facts(f.Proposal)[0].number
    card = forum.card("ahli2", f"{number} · Akan diundang", "control")
    assert forum.chips("ahli2", card.posted.event_id) == ["✅", "❌"]
    assert "ketuk ✅" in card.shown

    # Somebody who does not belong here was let in by an expert, and taps what everybody can tap.
    await people["ahli"].invite(control, stranger.user_id)
    await stranger.join(control)
    await forum.settle()
    await stranger.react(control, card.posted.event_id, "✅")
    forged = await stranger.text(control, f"{card.shown}\n{number}")
    await forum.settle()
    await people["ahli2"].react(control, forged, "✅")
    await forum.settle()
    assert _states(forum, number) == ["open"]

    await people["ahli2"].react(control, card.posted.event_id, "✅")
    await forum.settle()
    assert await guest.wait_for_invitation(room) == forum.bot.user_id
    await people["ahli"].react(control, card.posted.event_id, "❌")
    await forum.settle()
    assert f"{number} sudah diselesaikan oleh Ahli2 Contoh" in forum.said("ahli", "control")[-1].content["body"]
    assert _states(forum, number) == ["open", "done"]
    assert [fact.attested for fact in forum.facts(f.Proposal) if fact.number == number] == [False, True]
    await forum.move(minutes=1.1)
    assert "Oleh: Ahli2 Contoh" in forum.card("ahli", f"{number} · Akan diundang", "control").shown

    # What a command lacks is asked for, and only its giver answers.
    command = await people["ahli"].text(control, "!tahap")
    await forum.settle()
    (prompt,) = forum.told("ahli", command, "control")
    assert forum.chips("ahli", prompt.event_id) == ["1️⃣", "2️⃣", "3️⃣"]
    await people["ahli2"].react(control, prompt.event_id, "1️⃣")
    await forum.settle()
    assert forum.facts(f.Stage)[-1].stage == "enforce"
    await people["ahli"].react(control, prompt.event_id, "3️⃣")
    await forum.settle()
    assert forum.facts(f.Stage)[-1].stage == "remind"

    # All the while one card has told of the day.
    await forum.move(minutes=1.1)
    posted = [e for e in forum.said("ahli", "control", day=True) if "m.new_content" not in e.content]
    assert len(posted) == 1
    told = forum.said("ahli", "control", day=True)[-1].content["body"]
    assert "Tahap kini remind" in told
    assert forum.failures() == []


def _states(forum: Forum, number: str) -> list[str]:
    return [fact.state for fact in forum.facts(f.Proposal) if fact.number == number]
