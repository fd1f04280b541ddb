"""Consent that is not clear: a card asks the experts, their first tap settles it; everyday talk is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum import messages
from bridge.forum.consents import ASKED
from bridge.forum.item import Taken
from bridge.journey.shown import lines_of
from bridge.ledger import fetching, outbox
from bridge.model import facts as f
from bridge.model.effects import Judge, React
from tests.forum.desk import CONTROL, FORUM, Desk

PLAN = "Progres jembatan 60%. Kami usulkan jembatan ditutup total mulai besok"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def asked(desk: Desk) -> list[f.Proposal]:
    """What was put before the experts about decisions."""
    return [fact for fact in desk.facts(f.Proposal) if fact.state == "open" and fact.what in ASKED]


def card(desk: Desk, number: str) -> str:
    """The event of a card, once everything was delivered."""
    desk.deliver()
    post = outbox.posted(desk.store, "uji", f"{number}.proposal")
    assert post is not None
    return post.event


def tap(desk: Desk, person: str, number: str, key: str) -> None:
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": card(desk, number), "key": key}}
    desk.put(desk.message(person, content, kind="m.reaction", room=CONTROL))


def shown(desk: Desk, number: str) -> dict[str, dict[str, object]]:
    """The lines of the card as it would be sent now."""
    lines = lines_of(desk.store, "uji", f"proposal:{number}", desk.book, desk.clock.now(), lambda *_: [])
    return {line.key: dict(line.values) for line in lines}


def wanted(desk: Desk) -> list[Judge]:
    """What is to be fetched."""
    return [one.judge for one in fetching.due(desk.store, desk.clock.now(), 20)]


def test_oke_to_a_report_that_proposes_is_asked_of_the_experts(desk: Desk) -> None:
    plan = desk.say("pupr-1", PLAN)
    said = desk.say("bupati", "oke", reply_to=plan)
    (question,) = asked(desk)
    assert desk.facts(f.Decision) == []
    lines = shown(desk, question.number)
    assert list(lines) == ["consent.title", "consent.proposal", "consent.how"]
    assert (lines["consent.title"]["name"], lines["consent.title"]["by"]) == ("Bupati Contoh", "Pupr-1 Contoh")
    assert [chip.key for chip in desk.effects(React) if chip.to == f"{question.number}.proposal"] == ["✅", "❌"]
    assert desk.label(said) != "decision"


def test_a_yes_makes_it_a_decision_with_the_proposal_and_its_document(desk: Desk) -> None:
    plan = desk.photo(
        "pupr-1", "rab.pdf", caption="Kami usulkan RAB jembatan ini", kind="m.file", mimetype="application/pdf"
    )
    desk.say("dlh-1", "Siap, kami ikut memantau")
    said = desk.say("bupati", "Boleh")
    (question,) = asked(desk)
    tap(desk, "ahli-1", question.number, "✅")
    (made,) = desk.facts(f.Decision)
    assert (made.event, made.person, made.text, made.linked) == (said, "bupati", "Boleh", "asked")
    assert (made.proposal_event, made.proposal_by) == (plan, "pupr-1")
    assert [(part.kind, part.name) for part in made.proposal_media] == [("file", "rab.pdf")]
    assert desk.label(said) == "decision"
    assert desk.chip(said) == "⚖️ K-1"
    lines = shown(desk, question.number)
    assert lines["consent.is_done"] == {"decision": "K-1"}
    assert lines["proposal.by"] == {"name": "Ahli-1 Contoh"}
    assert desk.facts(f.Proposal)[-1].attested


def test_a_no_leaves_it_as_it_was_and_later_taps_change_nothing(desk: Desk) -> None:
    plan = desk.say("pupr-1", PLAN)
    said = desk.say("bupati", "oke", reply_to=plan)
    (question,) = asked(desk)
    before = desk.label(said)
    tap(desk, "ahli-2", question.number, "❌")
    tap(desk, "ahli-1", question.number, "✅")
    assert desk.facts(f.Decision) == []
    assert desk.label(said) == before != "decision"
    assert desk.said(CONTROL)[-1].key == "proposal.closed_by"
    assert list(shown(desk, question.number))[-2:] == ["consent.is_cancelled", "proposal.by"]


@pytest.mark.parametrize("person", ["bupati", "dlh-1", "auditor-1"])
def test_only_experts_answer(desk: Desk, person: str) -> None:
    plan = desk.say("pupr-1", PLAN)
    desk.say("bupati", "oke", reply_to=plan)
    (question,) = asked(desk)
    tap(desk, person, question.number, "✅")
    assert desk.facts(f.Decision) == []
    assert [fact.state for fact in desk.facts(f.Proposal)] == ["open"]


def test_without_an_answer_it_stays_talk(desk: Desk) -> None:
    plan = desk.say("pupr-1", PLAN)
    desk.say("bupati", "oke", reply_to=plan)
    desk.move(hours=25)
    assert [fact.state for fact in desk.facts(f.Proposal)] == ["open", "expired"]
    assert desk.facts(f.Decision) == []


def test_what_was_mended_by_hand_meanwhile_is_not_decided_twice(desk: Desk) -> None:
    plan = desk.say("pupr-1", PLAN)
    said = desk.say("bupati", "oke", reply_to=plan)
    (question,) = asked(desk)
    desk.react("ahli-1", said, "⚖️")
    tap(desk, "ahli-2", question.number, "✅")
    assert [made.number for made in desk.facts(f.Decision)] == ["K-1"]


def test_a_consent_that_was_deleted_decides_nothing(desk: Desk) -> None:
    plan = desk.say("pupr-1", PLAN)
    said = desk.say("bupati", "oke", reply_to=plan)
    (question,) = asked(desk)
    desk.redact("bupati", said)
    tap(desk, "ahli-2", question.number, "✅")
    assert desk.facts(f.Decision) == []


def test_where_a_number_is_asked_for_a_question_is_offered_by_whose_message_it_is(desk: Desk) -> None:
    for day in ("Senin", "Selasa"):
        plan = desk.say("pupr-1", f"Progres 60%. Kami usulkan jembatan ditutup hari {day}")
        desk.say("bupati", "oke", reply_to=plan)
    desk.say("ahli-1", "!setuju", room=CONTROL)
    offered = [str(line.values.get("what", "")) for line in desk.said(CONTROL)[-1].lines]
    assert [what for what in offered if what] == ["A-2 · Bupati Contoh", "A-1 · Bupati Contoh"]


def test_acc_right_below_the_only_proposal_is_plain(desk: Desk) -> None:
    plan = desk.say("pupr-1", "Izin, kami usul posko dipindah ke SMP 1")
    desk.say("bupati", "ACC")
    (made,) = desk.facts(f.Decision)
    assert (made.proposal_event, made.linked) == (plan, "above")
    assert asked(desk) == []


def test_acc_after_two_proposals_is_asked(desk: Desk) -> None:
    desk.say("dlh-1", "Kami usulkan kerja bakti diundur ke Minggu")
    newest = desk.say("pupr-1", "Izin, kami usul posko dipindah ke SMP 1")
    desk.say("bupati", "ACC")
    (question,) = asked(desk)
    assert question.detail.endswith(f" {newest}")
    assert desk.facts(f.Decision) == []


def test_acc_to_nothing_that_is_known_is_asked_and_may_be_recorded_alone(desk: Desk) -> None:
    said = desk.say("bupati", "ACC 👍")
    (question,) = asked(desk)
    assert list(shown(desk, question.number)) == ["consent.alone", "consent.how"]
    tap(desk, "ahli-1", question.number, "✅")
    (made,) = desk.facts(f.Decision)
    assert (made.event, made.proposal_event) == (said, None)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("Bapak sudah di lokasi?", "ya"),
        ("Jam berapa rapat besok pak?", "oke"),
        ("Apakah laporan kami sudah diterima pak?", "iya"),
        ("Siap pak, spanduk sudah terpasang", "oke"),
        ("Selamat pagi semuanya", "oke"),
        ("Stok gas aman pak", "baik"),
    ],
)
@pytest.mark.parametrize("linked", [True, False])
def test_everyday_talk_is_asked_of_nobody(desk: Desk, before: str, words: str, linked: bool) -> None:
    first = desk.say("pupr-1", before)
    desk.say("bupati", words, reply_to=first if linked else None)
    assert asked(desk) == []
    assert desk.facts(f.Decision) == []
    assert desk.heard(CONTROL) == []


def test_an_oke_long_after_a_proposal_is_talk(desk: Desk) -> None:
    desk.say("pupr-1", PLAN)
    desk.move(minutes=15)
    desk.say("bupati", "oke")
    assert asked(desk) == []


def test_one_proposal_is_asked_about_once_and_all_doubts_at_most_three_an_hour(desk: Desk) -> None:
    first = desk.say("pupr-1", PLAN)
    desk.say("bupati", "oke", reply_to=first)
    desk.say("bupati", "oke", reply_to=first)
    assert len(asked(desk)) == 1
    for day in ("Senin", "Selasa", "Rabu", "Kamis"):
        plan = desk.say("dlh-1", f"Progres 60%. Kami usulkan kerja bakti diundur ke {day}")
        desk.say("bupati", "oke", reply_to=plan)
    assert len(asked(desk)) == 3


def test_who_may_not_decide_is_not_asked_about(desk: Desk) -> None:
    plan = desk.say("pupr-1", PLAN)
    desk.say("dlh-1", "setuju", reply_to=plan)
    assert asked(desk) == []


def test_a_deputy_who_says_oke_to_the_leader_decides_nothing(desk: Desk) -> None:
    plan = desk.say("bupati", "Bagaimana kalau rapat kita pindah ke Jumat?")
    desk.say("wabup", "oke", reply_to=plan)
    assert asked(desk) == []


def test_a_document_is_fetched_for_its_decision_though_only_photos_are_evidence(desk: Desk) -> None:
    part = {"url": "mxc://desk/rab", "v": "v2", "iv": "x", "key": {}, "hashes": {}}
    content = {
        "msgtype": "m.file",
        "body": "Mohon persetujuan RAB",
        "filename": "rab.pdf",
        "file": part,
        "info": {"mimetype": "application/pdf"},
    }
    plan = desk.put(desk.message("pupr-1", content))
    assert wanted(desk) == []
    desk.say("bupati", "setuju", reply_to=plan)
    assert [(one.event, one.kind, one.claimed, one.file) for one in wanted(desk)] == [
        (plan, "file", "application/pdf", part)
    ]


def test_what_was_said_before_is_only_read_for_a_bare_consent_of_who_may_decide(desk: Desk) -> None:
    def reads(person: str, text: str) -> bool:
        event = desk.message(person, {"msgtype": "m.text", "body": text})
        taken = Taken(kind="event", key="x", room=FORUM, at=desk.clock.now(), body=b"", content=event)
        return messages.needs(taken, desk.book).said_since is not None

    assert reads("bupati", "oke")
    assert not reads("bupati", "Mohon semua OPD kerja bakti besok")
    assert not reads("dlh-1", "oke")
