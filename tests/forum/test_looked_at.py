"""Photos that people look at: who is asked, what counts meanwhile, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.journey.shown import lines_of
from bridge.ledger import projections
from bridge.ledger.comparing import misfits
from bridge.model import facts as f
from bridge.model.effects import Line, React, Say, ShowPictures
from tests.forum.desk import CONTROL, Desk, policy_text, user

SHA = "7" * 64
ORDER = "PUPR dan DLH bersihkan saluran Cabenge hari ini paling lambat jam 17.00"
DONE = "Lapor P-1, saluran sudah dibersihkan"


def joint(desk: Desk) -> tuple[str, str]:
    """Two units report one order with one photo: the event of the second, and the one of its card."""
    desk.say("wabup", ORDER)
    desk.judge(desk.photo("dlh-1", caption=DONE), sha256=SHA)
    second = desk.photo("pupr-1", caption=DONE)
    desk.judge(second, sha256=SHA)
    desk.deliver()
    return second, posted(desk, "A-1.check")


def posted(desk: Desk, ref: str) -> str:
    """The event under which a card of ours stands."""
    row = desk.store.one("SELECT event FROM posted WHERE ref = ?", (ref,))
    return row[0] if row else ""


def card(desk: Desk, number: str = "A-1") -> list[Line]:
    """What the card says now."""
    return lines_of(desk.store, "uji", f"check:{number}", desk.book, desk.clock.now(), lambda *_: [])


def tap(desk: Desk, person: str, event: str, key: str) -> str:
    """A reaction in the control room."""
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}
    return desk.put(desk.message(person, content, kind="m.reaction", room=CONTROL))


def told(desk: Desk, key: str) -> list[Say]:
    return [say for say in desk.effects(Say) if say.key == key]


def test_a_photo_taken_together_waits_and_accuses_nobody(desk: Desk) -> None:
    """It is received for now, as its sender reads alone; nobody is asked for another; the room reads nothing."""
    joint(desk)
    assert (desk.report("L-2"), desk.task("P-1", "pupr")) == ("held", "acknowledged")
    assert desk.heard() == []
    (said,) = told(desk, "looked.held")
    assert (said.person, said.rings, said.values) == ("pupr-1", False, {"number": "L-2"})


def test_verifiers_see_both_pictures_and_what_they_are(desk: Desk) -> None:
    """One picture with both, a card with the reason, and two reactions to tap."""
    second, _ = joint(desk)
    (shown,) = desk.effects(ShowPictures)
    assert (shown.room, shown.event) == (CONTROL, second)
    assert shown.earlier_event == desk.facts(f.EvidenceJudged)[0].event
    assert [line.key for line in card(desk)] == ["check.title", "check.why_joint", "check.how", "check.how_words"]
    assert card(desk)[1].values == {"first": "L-1", "unit": "DLH"}
    assert [react.key for react in desk.effects(React) if react.to == "A-1.check"] == ["✅", "❌"]


def test_a_tap_counts_it(desk: Desk) -> None:
    """The report is reported, with the time at which it was sent; the card names who said so."""
    _, check = joint(desk)
    sent = desk.clock.now()
    desk.move(hours=2)
    tap(desk, "ahli-1", check, "✅")
    assert (desk.report("L-2"), desk.task("P-1", "pupr")) == ("reported", "reported")
    settled = desk.facts(f.EvidenceSettled)[-1]
    assert (settled.verdict, settled.by, settled.attested) == ("ok", "ahli-1", True)
    assert [task.at for task in desk.facts(f.Task) if task.state == "reported"][-1] == sent
    assert [line.key for line in card(desk)][-2:] == ["check.is_ok", "check.by"]
    assert desk.heard()[-1] == "looked.ok"


def test_asking_for_another_gives_new_time(desk: Desk) -> None:
    """❌ rings the sender, who has as long as ever from now on, and another photo completes the report."""
    second, check = joint(desk)
    desk.move(hours=3)
    tap(desk, "ahli-1", check, "❌")
    (asked,) = told(desk, "looked.declined")
    assert asked.rings and asked.mentions == (user("pupr-1"),)
    assert desk.report("L-2") == "waiting"
    desk.move(hours=1.5)
    assert desk.report("L-2") == "waiting"
    desk.judge(desk.photo("pupr-1", reply_to=second), sha256="8" * 64)
    assert desk.report("L-2") == "reported"


def test_the_first_tap_wins_and_the_next_hears_so(desk: Desk) -> None:
    """Nothing changes any more."""
    _, check = joint(desk)
    tap(desk, "ahli-1", check, "✅")
    tap(desk, "ahli-2", check, "❌")
    assert desk.report("L-2") == "reported"
    assert told(desk, "check.closed_by")[0].values == {"number": "A-1", "name": "Ahli-1 Contoh"}


@pytest.mark.parametrize("person", ["pupr-1", "dlh-1", "auditor-1"])
def test_whoever_may_not_verify_settles_nothing(desk: Desk, person: str) -> None:
    """The right is asked for at the tap, and the record keeps that somebody tried."""
    _, check = joint(desk)
    tap(desk, person, check, "✅")
    assert desk.report("L-2") == "held"
    assert desk.facts(f.Refused)[-1].detail == "verify"


def test_nobody_looks_at_the_own_unit(tmp_path: Path) -> None:
    """Where heads may verify, still not what their own unit sent."""
    desk = Desk(tmp_path, policy=policy_text("rights: {verify: [head]}\n"))
    _, check = joint(desk)
    tap(desk, "pupr-1", check, "✅")
    assert (desk.report("L-2"), desk.heard(CONTROL)[-1]) == ("held", "check.own")
    tap(desk, "kes-1", check, "✅")
    assert desk.report("L-2") == "reported"


def test_a_tap_taken_back_lets_it_wait_again(desk: Desk) -> None:
    """The report, its task and the card follow, and the next tap counts."""
    _, check = joint(desk)
    said = tap(desk, "ahli-1", check, "✅")
    desk.redact("ahli-1", said)
    assert (desk.report("L-2"), desk.task("P-1", "pupr")) == ("held", "acknowledged")
    assert card(desk)[-1].key == "check.how_words"
    tap(desk, "ahli-2", check, "❌")
    assert desk.report("L-2") == "waiting"


def test_words_say_it_with_a_reason(desk: Desk) -> None:
    """`!tolak A-1 ...`: typed words are encrypted, and the sender reads the reason."""
    joint(desk)
    desk.say("ahli-1", "!tolak A-1 mohon foto saluran bagian Anda", room=CONTROL)
    settled = desk.facts(f.EvidenceSettled)[-1]
    assert (settled.verdict, settled.attested) == ("declined", False)
    assert told(desk, "looked.declined")[0].lines[0].values == {"text": "mohon foto saluran bagian Anda"}


def test_what_nobody_looks_at_counts_after_a_day(desk: Desk) -> None:
    """Marked as not checked; and its task was never late because of us."""
    joint(desk)
    desk.move(hours=23)
    assert (desk.report("L-2"), desk.task("P-1", "pupr")) == ("held", "acknowledged")
    desk.move(hours=2)
    assert (desk.report("L-2"), desk.task("P-1", "pupr")) == ("reported", "reported")
    assert desk.facts(f.EvidenceSettled)[-1].verdict == "unchecked"
    assert "late" not in [task.state for task in desk.facts(f.Task) if task.unit == "pupr"]


def test_whoever_sends_no_other_in_the_new_time_is_late(desk: Desk) -> None:
    """The due time is over as well by then."""
    _, check = joint(desk)
    desk.move(hours=20)
    tap(desk, "ahli-1", check, "❌")
    assert desk.task("P-1", "pupr") == "acknowledged"
    desk.move(hours=3)
    assert (desk.report("L-2"), desk.task("P-1", "pupr")) == ("incomplete", "late")


def test_few_cards_an_hour(desk: Desk) -> None:
    """The others wait their turn, and the room hears how many there are."""
    desk.say("wabup", "Seluruh OPD dan camat bersihkan kantor hari ini")
    people = ("dlh-1", "ternak-1", "pupr-1", "kes-1", "dik-1", "bpbd-1", "citta-1", "ganra-1")
    for person in people:
        desk.judge(desk.photo(person, caption="Lapor P-1, kantor sudah dibersihkan"), sha256=SHA)
    assert len(desk.effects(ShowPictures)) == 6
    assert told(desk, "check.more")[0].values == {"count": 1}
    desk.move(hours=1.1)
    assert len(desk.effects(ShowPictures)) == 7


def test_the_record_alone_makes_it_again(desk: Desk) -> None:
    """What waits and what was decided follows from the facts."""
    _, check = joint(desk)
    desk.redact("ahli-1", tap(desk, "ahli-1", check, "❌"))
    desk.move(hours=30)
    desk.store.begin()
    assert misfits(desk.store) == {}
    projections.rebuild(desk.store)
    assert desk.report("L-2") == "accepted" or desk.report("L-2") == "reported"
    desk.store.rollback()


def test_a_forwarded_photo_is_only_noted(desk: Desk) -> None:
    """The mark of a bridge stands in the record; the photo counts, and nobody is bothered."""
    desk.say("wabup", ORDER)
    content = {
        "msgtype": "m.image",
        "body": "↷ Forwarded\n\nLapor P-1, saluran sudah dibersihkan",
        "format": "org.matrix.custom.html",
        "formatted_body": "<p data-mx-forwarded-notice><em>↷ Forwarded</em></p><p>Lapor P-1, saluran bersih</p>",
        "filename": "image.jpeg",
        "url": "mxc://desk/forwarded",
        "info": {"mimetype": "image/jpeg", "size": 90_000},
    }
    desk.judge(desk.put(desk.message("pupr-1", content)), sha256=SHA)
    judged = desk.facts(f.EvidenceJudged)[-1]
    assert (judged.verdict, judged.signs) == ("ok", ("forwarded",))
    assert desk.report("L-1") == "reported"
    assert desk.heard(CONTROL) == []


@pytest.mark.parametrize("level", ["note", "hold", "refuse"])
def test_the_policy_says_what_follows_of_a_sign(tmp_path: Path, level: str) -> None:
    """A small picture: noted, looked at, or another is asked for, with how to ask for another look."""
    desk = Desk(tmp_path, policy=policy_text(f"evidence: {{checks: {{small: {level}, long_edge: 2000}}}}\n"))
    desk.say("wabup", ORDER)
    desk.judge(desk.photo("pupr-1", caption=DONE), sha256=SHA)
    state = {"note": "reported", "hold": "held", "refuse": "waiting"}[level]
    heard = {"note": [], "hold": [], "refuse": ["evidence.small"]}[level]
    assert (desk.report("L-1"), desk.heard()) == (state, heard)
