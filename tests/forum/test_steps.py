"""How an order stands: every step with who, when and why, for those who may read it."""

from __future__ import annotations

from bridge.ledger import steps
from bridge.ledger.projections import rebuild
from bridge.model.effects import Say
from tests.forum.desk import AUDIT, CONTROL, FORUM, Desk
from tests.forum.opened import direct
from tests.forum.test_reasons import ORDER, posted, reported


def shown(desk: Desk, room: str, person: str = "ahli-1", number: str = "P-1") -> list[tuple[str, object, object]]:
    """(key, units, who) of the steps in the answer, and (key, why, None) of the reasons."""
    desk.say(person, f"!{number}", room=room)
    answer = next(say for say in reversed(desk.effects(Say)) if say.key.startswith("number."))
    return [
        (line.key, line.values.get("units", line.values.get("why")), line.values.get("who"))
        for line in answer.lines
        if line.key.startswith("step.")
    ]


def lived(desk: Desk) -> None:
    """An order through all of its states."""
    report = reported(desk)
    desk.react("bupati", report, "👎")
    desk.say("bupati", "fotonya buram", reply_to=posted(desk, "L-1.returned"))
    desk.judge(desk.photo("dlh-1", "IMG2.jpg", reply_to=report), sha256="b" * 64)
    desk.say("wabup", "!terima semua P-1")
    desk.say("wabup", "!buka lagi L-1 salah lokasi")
    desk.move(hours=30)
    desk.say("wabup", "!batas P-1 lusa jam 09.00")
    desk.say("wabup", "!cabut P-1 acaranya ditunda")
    desk.say("wabup", "!buka lagi P-1 jadi dilaksanakan")


STEPS = [
    ("step.title", None, None),
    ("step.given", ["DLH", "PUPR"], "Wabup Contoh"),
    ("step.acknowledged", ["DLH"], "Dlh-1 Contoh"),
    ("step.reported", ["DLH"], "Dlh-1 Contoh"),
    ("step.returned", ["DLH"], "Bupati Contoh"),
    ("step.reason", ["DLH"], "Bupati Contoh"),
    ("step.why", "fotonya buram", None),
    ("step.reported", ["DLH"], "Dlh-1 Contoh"),
    ("step.accepted", ["DLH"], "Wabup Contoh"),
    ("step.reopened", ["DLH"], "Wabup Contoh"),
    ("step.why", "salah lokasi", None),
    ("step.late", ["PUPR"], None),
    ("step.order_due", None, "Wabup Contoh"),
    ("step.open", ["PUPR"], "Wabup Contoh"),
    ("step.order_cancelled", None, "Wabup Contoh"),
    ("step.why", "acaranya ditunda", None),
    ("step.order_reopened", None, "Wabup Contoh"),
    ("step.why", "jadi dilaksanakan", None),
]


def test_those_who_lead_or_audit_read_every_step(desk: Desk) -> None:
    """Who, when and why; what happened to several units at once is one line."""
    lived(desk)
    assert shown(desk, CONTROL) == STEPS
    assert shown(desk, AUDIT, "auditor-1") == STEPS


def test_the_room_reads_counts(desk: Desk) -> None:
    """Nobody is shamed."""
    lived(desk)
    assert shown(desk, FORUM, "wabup") == []


def test_a_unit_reads_its_own_steps_in_its_chat(desk: Desk) -> None:
    """And what was done about the order."""
    lived(desk)
    chat = direct(desk, "pupr-1")
    own = shown(desk, chat, "pupr-1")
    assert [key for key, units, _ in own if units == ["PUPR"]] == ["step.given", "step.late", "step.open"]
    assert not [units for _, units, _ in own if isinstance(units, list) and "DLH" in units]
    assert ("step.why", "acaranya ditunda", None) in own


def test_a_long_life_shows_its_newest_steps(desk: Desk) -> None:
    """And says how many are not shown."""
    desk.say("wabup", ORDER)
    for _ in range(30):
        desk.say("wabup", "!cabut P-1 coba")
        desk.say("wabup", "!buka lagi P-1 coba")
    answer = shown(desk, CONTROL)
    assert answer[1][0] == "step.earlier"
    assert len([key for key, _, _ in answer if key.startswith("step.order_")]) == 40


def test_steps_are_the_same_when_the_record_is_told_again(desk: Desk) -> None:
    lived(desk)
    before = steps.of(desk.store, "uji", "P-1")
    desk.store.begin()
    rebuild(desk.store)
    assert steps.of(desk.store, "uji", "P-1") == before
    desk.store.rollback()
