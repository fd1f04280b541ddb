"""Messages that members report: one card in the control room, and people decide what becomes of it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bridge.ledger import inbox, outbox
from bridge.model import facts as f
from bridge.model.abuse import AbuseReport
from bridge.model.effects import React, Redact, Refresh, Say
from tests.forum.desk import BOT, CONTROL, FORUM, Desk, user


def reported(desk: Desk, event: str, *, sender: str = "dlh-1", reason: str = "kasar") -> None:
    """A report comes in."""
    account = sender if sender.startswith("@") else user(sender)
    report = AbuseReport(id=1, room=FORUM, event=event, sender=account, reason=reason)
    desk.store.begin()
    body = msgspec.json.encode(report)
    inbox.add_row(desk.store, "uji", "abuse", f"abuse:uji:{event}", body, at=desk.clock.now(), room=FORUM)
    desk.store.commit()
    desk.decide()


def told(desk: Desk) -> list[Say]:
    return [say for say in desk.said(CONTROL) if say.key == "abuse.reported"]


def card_of(desk: Desk) -> str:
    """The event of the card, once everything was delivered."""
    desk.deliver()
    post = outbox.posted(desk.store, "uji", told(desk)[0].ref)
    assert post is not None
    return post.event


def tap(desk: Desk, person: str, card: str, key: str) -> None:
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": card, "key": key}}
    desk.put(desk.message(person, content, kind="m.reaction", room=CONTROL))


def test_a_reported_message_is_shown_with_its_words_and_reason(desk: Desk) -> None:
    """Whose it is, where, why; with two taps, and nothing done to anybody."""
    event = desk.say("dlh-1", "Kalian semua pemalas")
    reported(desk, event)
    (say,) = told(desk)
    assert say.values["name"] == f"Dlh-1 Contoh ({user('dlh-1')})"
    words = {line.key: line.values for line in say.lines}
    assert words["abuse.quote"] == {"text": "Kalian semua pemalas"}
    assert words["abuse.why"] == {"why": "kasar"}
    assert [chip.key for chip in desk.effects(React) if chip.to == say.ref] == ["✅", "❌"]
    assert desk.effects(Redact) == []
    assert desk.said(FORUM) == []


def test_a_tap_takes_it_back_in_the_name_of_who_tapped(desk: Desk) -> None:
    """Once; the card then says what became of it. The reporter's words reach nobody but the control room."""
    event = desk.say("dlh-1", "Kalian semua pemalas")
    reported(desk, event)
    card = card_of(desk)
    tap(desk, "ahli-1", card, "✅")
    tap(desk, "ahli-2", card, "✅")
    (redaction,) = desk.effects(Redact)
    assert (redaction.event, redaction.reason) == (event, "")
    (act,) = [act for act in desk.facts(f.Act) if act.verb == "redact"]
    assert (act.by, act.second, act.rule) == ("ahli-1", None, "command")
    assert [one.state for one in desk.facts(f.Proposal)] == ["open", "done"]
    assert [card.ref for card in desk.effects(Refresh) if card.card.startswith("proposal:")] == [told(desk)[0].ref]


def test_a_tap_leaves_it(desk: Desk) -> None:
    event = desk.say("dlh-1", "Kalian semua pemalas")
    reported(desk, event)
    card = card_of(desk)
    tap(desk, "ahli-1", card, "❌")
    tap(desk, "ahli-2", card, "✅")
    assert desk.effects(Redact) == []
    assert [one.state for one in desk.facts(f.Proposal)] == ["open", "cancelled"]


def test_nobody_decides_about_an_own_message(desk: Desk) -> None:
    reported(desk, desk.say("ahli-1", "Kalian semua pemalas"), sender="ahli-1")
    card = card_of(desk)
    tap(desk, "ahli-1", card, "✅")
    assert desk.effects(Redact) == []


def test_a_leaders_message_takes_two_people(desk: Desk) -> None:
    """A report alone touches nobody who is protected, and neither does one person."""
    reported(desk, desk.say("bupati", "Kalian semua pemalas"), sender="bupati")
    card = card_of(desk)
    tap(desk, "ahli-1", card, "✅")
    assert desk.effects(Redact) == []
    tap(desk, "ahli-2", card, "✅")
    (act,) = [act for act in desk.facts(f.Act) if act.verb == "redact"]
    assert (act.by, act.second) == ("ahli-1", "ahli-2")


def test_a_message_reported_again_has_one_card(desk: Desk) -> None:
    event = desk.say("dlh-1", "Kalian semua pemalas")
    reported(desk, event)
    reported(desk, event, reason="lagi")
    assert len(told(desk)) == 1


def test_a_message_that_nobody_could_read_is_told_all_the_same(desk: Desk) -> None:
    reported(desk, "$unread", sender="@tamu:lain.example", reason="")
    (say,) = told(desk)
    assert say.values["name"] == "@tamu:lain.example"
    assert [line.key for line in say.lines] == ["abuse.no_words", "abuse.link", "abuse.how"]


@pytest.mark.parametrize(("stage", "sender"), [("watch", "dlh-1"), ("enforce", BOT)])
def test_nothing_is_asked_while_only_watching_or_about_the_bot(tmp_path: Path, stage: str, sender: str) -> None:
    desk = Desk(tmp_path, stage=stage)
    reported(desk, "$any", sender=sender)
    assert told(desk) == []
