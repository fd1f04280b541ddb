"""Decisions: with the proposal that they answer and its files, how they end, and which are in force."""

from __future__ import annotations

import pytest

from bridge.forum.decision_words import force, read
from bridge.model import facts as f
from bridge.model.effects import React
from tests.forum.desk import CONTROL, FORUM, FRIDAY, Desk

DECREE = "Diputuskan: apel pagi ditiadakan, berlaku mulai 1 Desember 2026"


def states(desk: Desk) -> dict[str, tuple[str, str]]:
    return {row[0]: (row[1], row[2]) for row in desk.store.all("SELECT number, state, ended_by FROM decision")}


def told(desk: Desk, number: str) -> list[str]:
    """The keys of what `K-3` is answered with in the control room."""
    desk.say("ahli-1", number, room=CONTROL)
    say = desk.said(CONTROL)[-1]
    return [say.key, *(line.key for line in say.lines)]


def test_a_decision_embeds_its_proposal_with_the_hash_of_each_photo(desk: Desk) -> None:
    plan = desk.photo("pupr-1", "denah.jpg", caption="Izin, kami usul jembatan ditutup mulai besok")
    desk.judge(plan, sha256="ab" * 32)
    desk.say("bupati", "ACC", reply_to=plan)
    made = desk.facts(f.Decision)[-1]
    assert (made.proposal_event, made.proposal_by) == (plan, "pupr-1")
    assert made.proposal_text == "Izin, kami usul jembatan ditutup mulai besok"
    assert [(part.kind, part.name, part.sha256) for part in made.proposal_media] == [
        ("image", "denah.jpg", "ab" * 32)
    ]


def test_a_document_of_a_proposal_is_listed(desk: Desk) -> None:
    plan = desk.photo(
        "pupr-1", "rab.pdf", caption="Mohon persetujuan RAB", kind="m.file", mimetype="application/pdf"
    )
    desk.say("bupati", "setuju", reply_to=plan)
    assert [(p.kind, p.name) for p in desk.facts(f.Decision)[-1].proposal_media] == [("file", "rab.pdf")]


def test_from_when_it_counts_is_read_and_shown(desk: Desk) -> None:
    desk.say("bupati", DECREE)
    made = desk.facts(f.Decision)[-1]
    assert made.in_force_from is not None
    assert desk.book.iso(made.in_force_from) == "2026-12-01T00:00:00+08:00"
    assert told(desk, "K-1") == ["number.decision", "decision.by", "decision.begins"]
    desk.move(hours=24 * 12)
    assert told(desk, "K-1")[-1] == "decision.began"


@pytest.mark.parametrize("words", ["mencabut K-1", "Keputusan K-1 dibatalkan", "K-1 tidak berlaku lagi"])
def test_a_decision_that_names_another_revokes_it_and_both_are_kept(desk: Desk, words: str) -> None:
    first = desk.say("bupati", DECREE)
    desk.say("bupati", words)
    assert states(desk) == {"K-1": ("revoked", "K-2"), "K-2": ("in_force", "")}
    assert desk.facts(f.Decision)[-1].supersedes == ("K-1",)
    assert [react.key for react in desk.effects(React) if react.to == first] == ["⚖️ K-1", "K-1 → K-2"]
    assert told(desk, "K-1")[-1] == "decision.is_revoked"
    assert told(desk, "K-2")[-1] == "decision.ends"


def test_one_takes_the_place_of_another(desk: Desk) -> None:
    desk.say("bupati", DECREE)
    desk.say("bupati", "Diputuskan: apel pagi tetap dilaksanakan pukul 08.00")
    desk.say("bupati", "K-2 menggantikan K-1")
    assert states(desk) == {"K-1": ("superseded", "K-2"), "K-2": ("in_force", "")}


def test_yesterdays_decision_ends_when_there_is_only_one(desk: Desk) -> None:
    desk.say("bupati", DECREE)
    desk.move(hours=24)
    desk.say("bupati", "keputusan kemarin dibatalkan")
    assert states(desk)["K-1"] == ("revoked", "K-2")


def test_yesterdays_decision_is_not_guessed_among_two(desk: Desk) -> None:
    desk.say("bupati", DECREE)
    desk.say("bupati", "Diputuskan: pasar buka sampai pukul 22.00")
    desk.move(hours=24)
    desk.say("bupati", "keputusan kemarin dibatalkan")
    assert {number: state for number, (state, _) in states(desk).items() if number != "K-3"} == {
        "K-1": "in_force",
        "K-2": "in_force",
    }


def test_what_a_decision_had_ended_is_in_force_again_when_it_was_none(desk: Desk) -> None:
    desk.say("bupati", DECREE)
    second = desk.say("bupati", "K-1 dicabut")
    desk.react("bupati", second, "🚫")
    assert states(desk) == {"K-1": ("in_force", ""), "K-2": ("withdrawn", "")}


def test_whoever_stands_below_does_not_end_it_and_hears_so_alone(desk: Desk) -> None:
    desk.say("bupati", DECREE)
    desk.say("wabup", "K-1 dicabut")
    assert states(desk) == {"K-1": ("in_force", "")}
    assert [(say.person, say.key) for say in desk.said("")] == [("wabup", "decision.not_yours")]


def test_who_may_not_decide_ends_nothing(desk: Desk) -> None:
    desk.say("bupati", DECREE)
    desk.say("dlh-1", "K-1 dicabut")
    assert states(desk) == {"K-1": ("in_force", "")}


def test_the_list_shows_the_newest_first_and_what_is_in_force(desk: Desk) -> None:
    desk.say("dlh-1", "!keputusan")
    assert desk.heard(FORUM) == ["decision.none"]
    desk.say("bupati", DECREE)
    desk.move(minutes=5)
    desk.say("bupati", "K-1 dicabut")
    desk.say("dlh-1", "!keputusan")
    say = desk.said(FORUM)[-1]
    assert (say.key, say.values) == ("decision.title", {"count": 1})
    assert [(line.key, line.values["number"]) for line in say.lines] == [
        ("decision.line_in_force", "K-2"),
        ("decision.line_revoked", "K-1"),
    ]


def test_a_deleted_decision_is_kept_and_in_force_no_more(desk: Desk) -> None:
    said = desk.say("bupati", DECREE)
    desk.say("bupati", "K-1 dicabut; apel tetap ada")
    second = desk.facts(f.Decision)[-1].event
    desk.redact("bupati", second)
    assert states(desk) == {"K-1": ("in_force", ""), "K-2": ("withdrawn", "")}
    changed = desk.facts(f.DecisionChanged)[-1]
    assert (changed.number, changed.state, changed.why, changed.by) == ("K-2", "withdrawn", "deleted", "bupati")
    assert [say.key for say in desk.said(CONTROL)] == ["decision.deleted"]
    assert told(desk, "K-2")[-1] == "decision.is_deleted"
    line = desk.said(CONTROL)[-1].lines[-1]
    assert line.values == {"name": "Bupati Contoh", "at": desk.book.iso(desk.clock.now())}
    assert desk.facts(f.Decision)[0].text == DECREE
    desk.redact("bupati", said)
    assert states(desk)["K-1"] == ("withdrawn", "")


def test_who_takes_anothers_decision_out_of_the_room_ends_nothing(desk: Desk) -> None:
    said = desk.say("bupati", DECREE)
    desk.redact("ahli-1", said)
    assert states(desk) == {"K-1": ("in_force", "")}


def test_an_edited_decision_is_withdrawn_and_the_new_words_are_asked_about(desk: Desk) -> None:
    plan = desk.say("pupr-1", "Kami usulkan apel pagi ditiadakan")
    said = desk.say("bupati", "Setuju, berlaku mulai 1 Desember 2026", reply_to=plan)
    desk.edit("bupati", said, "Setuju, berlaku mulai 7 Desember 2026")
    assert states(desk) == {"K-1": ("withdrawn", "")}
    assert desk.facts(f.DecisionChanged)[-1].why == "edited"
    assert desk.heard(CONTROL) == ["decision.edited"]
    question = desk.facts(f.Proposal)[-1]
    assert question.what == "reworded"
    desk.say("ahli-1", f"!setuju {question.number}", room=CONTROL)
    made = desk.facts(f.Decision)[-1]
    assert (made.number, made.text) == ("K-2", "Setuju, berlaku mulai 7 Desember 2026")
    assert (made.event, made.proposal_event, made.linked) == (said, plan, "asked")
    assert made.in_force_from is not None
    assert desk.book.iso(made.in_force_from) == "2026-12-07T00:00:00+08:00"
    assert states(desk) == {"K-1": ("withdrawn", ""), "K-2": ("in_force", "")}
    assert desk.chip(said) == "⚖️ K-2"


def test_an_edit_that_changes_no_word_leaves_a_decision_alone(desk: Desk) -> None:
    said = desk.say("bupati", DECREE)
    desk.edit("bupati", said, DECREE)
    assert states(desk) == {"K-1": ("in_force", "")}
    assert desk.heard(CONTROL) == []


def test_the_experts_hear_once_of_a_message_that_is_edited_again_and_deleted(desk: Desk) -> None:
    said = desk.say("bupati", DECREE)
    for words in ("Diputuskan: apel siang ditiadakan", "Diputuskan: apel sore ditiadakan"):
        desk.edit("bupati", said, words)
    desk.redact("bupati", said)
    assert desk.heard(CONTROL) == ["decision.edited"]


@pytest.mark.parametrize(
    ("text", "ended", "newer"),
    [
        ("K-5 menggantikan K-3", ("K-3",), "K-5"),
        ("K-3 diganti dengan K-5", ("K-3",), "K-5"),
        ("K-5 replaces K-3", ("K-3",), "K-5"),
        ("Keputusan ini menggantikan K-3: apel pukul 08.00", ("K-3",), None),
        ("K-3 dan K 4 tidak berlaku lagi", ("K-3", "K-4"), None),
        ("K-3 is revoked", ("K-3",), None),
        ("K-3 tidak dicabut", (), None),
        ("jangan batalkan K-3", (), None),
        ("Setuju, rapat dibatalkan", (), None),
    ],
)
def test_what_ends_is_read_from_the_words(desk: Desk, text: str, ended: tuple[str, ...], newer: str | None) -> None:
    found = read(text, desk.book)
    assert (found.ended, found.newer) == (ended, newer)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("berlaku mulai besok", "2026-11-21T00:00:00+08:00"),
        ("Berlaku mulai Senin jam 08.00", "2026-11-23T08:00:00+08:00"),
        ("berlaku sejak 1 November", "2026-11-01T00:00:00+08:00"),
        ("effective from 1 December 2026", "2026-12-01T00:00:00+08:00"),
        ("berlaku mulai bulan depan", None),
    ],
)
def test_a_beginning_is_a_day_only_when_the_words_tell_it(desk: Desk, text: str, day: str | None) -> None:
    found = force(text, FRIDAY, desk.book)
    assert found is not None
    assert (desk.book.iso(found.at) if found.at is not None else None) == day
