"""Cards of the control room that people answer by tapping the bot's own reactions."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.ledger import outbox
from bridge.model import facts as f
from bridge.model.effects import Invite, React, Remove, Say
from tests.forum.desk import BOT, CONTROL, Desk, roster_text, user

OUTSIDER = "@luar:desk"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def card_of(desk: Desk, number: str) -> str:
    """The event of a card, once everything was delivered."""
    desk.deliver()
    post = outbox.posted(desk.store, "uji", f"{number}.proposal")
    assert post is not None
    return post.event


def tap(desk: Desk, person: str, card: str, key: str) -> str:
    """Somebody taps a reaction in the control room."""
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": card, "key": key}}
    return desk.put(desk.message(person, content, kind="m.reaction", room=CONTROL))


def asked(desk: Desk) -> tuple[str, str]:
    """(number, card) of an invitation that waits for a second person."""
    desk.say("ahli-1", f"!undang {OUTSIDER}", room=CONTROL)
    (proposal,) = desk.facts(f.Proposal)
    return proposal.number, card_of(desk, proposal.number)


def states(desk: Desk, number: str) -> list[str]:
    """What became of a proposal, step by step."""
    return [fact.state for fact in desk.facts(f.Proposal) if fact.number == number]


def test_a_card_that_waits_carries_the_two_reactions_that_people_tap(desk: Desk) -> None:
    """Yes and no, put there by the bot, in its order after the card."""
    number, card = asked(desk)
    chips = [(react.key, react.to, react.room) for react in desk.effects(React)]
    assert chips == [("✅", f"{number}.proposal", CONTROL), ("❌", f"{number}.proposal", CONTROL)]
    assert all(len(key) <= 16 for key, _, _ in chips)
    assert card


@pytest.mark.parametrize("key", ["✅", "✅️"])
def test_a_tap_agrees_as_the_command_does_and_is_attested_by_the_homeserver_only(desk: Desk, key: str) -> None:
    """The second person taps: it is done, the card says by whom, and nothing more is said."""
    number, card = asked(desk)
    said = len(desk.effects(Say))
    tap(desk, "ahli-2", card, key)
    assert states(desk, number) == ["open", "done"]
    last = desk.facts(f.Proposal)[-1]
    assert (last.by, last.attested) == ("ahli-2", True)
    assert [invite.user for invite in desk.effects(Invite)] == [OUTSIDER]
    assert len(desk.effects(Say)) == said
    assert desk.cards()[-1] == f"proposal:{number}"


def test_the_first_tap_wins_and_the_second_hears_by_whom(desk: Desk) -> None:
    """Two people tap, one yes and one no: one effect, and the slower one is told who was faster."""
    number, card = asked(desk)
    tap(desk, "ahli-2", card, "✅")
    tap(desk, "bupati", card, "❌")
    assert states(desk, number) == ["open", "done"]
    assert len(desk.effects(Invite)) == 1
    told = desk.said(CONTROL)[-1]
    assert told.key == "proposal.closed_by"
    assert told.values["name"] == "Ahli-2 Contoh"
    assert told.reply_to == card
    assert told.mentions == (user("bupati"),)


def test_a_tap_says_no(desk: Desk) -> None:
    """❌ cancels, and the card is closed."""
    number, card = asked(desk)
    tap(desk, "ahli-2", card, "❌")
    assert states(desk, number) == ["open", "cancelled"]
    assert desk.effects(Invite) == []


def test_who_asked_does_not_count_twice(desk: Desk) -> None:
    """A tap by the one who asked changes nothing and is answered."""
    number, card = asked(desk)
    tap(desk, "ahli-1", card, "✅")
    assert states(desk, number) == ["open"]
    assert desk.heard(CONTROL)[-1] == "proposal.same_person"


@pytest.mark.parametrize("person", [OUTSIDER, "auditor-1", "dlh-1", BOT])
def test_taps_of_those_who_have_no_right_do_nothing(desk: Desk, person: str) -> None:
    """Outsiders, auditors, heads of agencies, and the bot's own chip: nothing moves and nobody is told."""
    number, card = asked(desk)
    said = len(desk.effects(Say))
    for key in ("✅", "❌", "👍", "1️⃣"):
        tap(desk, person, card, key)
    assert states(desk, number) == ["open"]
    assert len(desk.effects(Say)) == said


def test_the_right_is_asked_for_at_the_tap(desk: Desk) -> None:
    """Whoever was an expert when the card came, and is none any more, taps in vain."""
    number, card = asked(desk)
    lines = [line for line in roster_text().splitlines() if "person: ahli-2" not in line]
    desk.files(roster="\n".join(lines) + "\n")
    tap(desk, "ahli-2", card, "✅")
    assert states(desk, number) == ["open"]


def test_a_forged_card_does_nothing(desk: Desk) -> None:
    """Somebody posts the very words of a card, claims the bot's ref, and taps; others tap it as well."""
    number, _ = asked(desk)
    content = {
        "msgtype": "m.notice",
        "body": f"{number} · Akan diundang: {OUTSIDER}",
        "m.mentions": {},
        "tudang.ref": f"{number}.proposal",
        "tudang.cause": "tudang-1-1",
    }
    forged = desk.put(desk.message("auditor-1", content, room=CONTROL))
    for person in ("ahli-2", "bupati"):
        tap(desk, person, forged, "✅")
    assert states(desk, number) == ["open"]
    assert desk.effects(Invite) == []


def test_a_card_is_no_card_in_another_room(desk: Desk) -> None:
    """A reaction in the forum that points at the control room's card does nothing."""
    number, card = asked(desk)
    desk.react("ahli-2", card, "✅")
    assert states(desk, number) == ["open"]


def test_a_removal_wants_typed_words(desk: Desk) -> None:
    """No ✅ below it; a ✅ of one's own is answered with what to type; ❌ says no."""
    desk.say("ahli-1", f"!keluarkan {user('dlh-1')} pindah tugas", room=CONTROL)
    (proposal,) = desk.facts(f.Proposal)
    card = card_of(desk, proposal.number)
    assert [react.key for react in desk.effects(React)] == ["❌"]
    tap(desk, "ahli-2", card, "✅")
    assert states(desk, proposal.number) == ["open"]
    assert desk.said(CONTROL)[-1].key == "proposal.typed_only"
    assert desk.said(CONTROL)[-1].values["word"] == "!setuju"
    tap(desk, "ahli-2", card, "❌")
    assert states(desk, proposal.number) == ["open", "cancelled"]
    assert desk.effects(Remove) == []
