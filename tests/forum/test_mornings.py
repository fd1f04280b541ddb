"""The morning digest: to whom, what, once a day, and not to those who want none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridge.forum.stages import ORDER
from bridge.ledger import inbox
from bridge.ledger.databases import Database
from bridge.model import facts as f
from bridge.model.effects import Say
from tests.databases import ledger_in
from tests.forum.desk import CONTROL, FORUM, FRIDAY, Desk, policy_text
from tests.forum.opened import direct, shown, told

HOUR = 3600 * 1000
SIX = FRIDAY - HOUR
"""06.00 on the Friday."""


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    store = ledger_in(database)
    yield begun(Desk(store))
    store.close()


def begun(desk: Desk) -> Desk:
    """At six in the morning, the bridge just started."""
    desk.clock.set(SIX)
    desk.store.begin()
    inbox.add_row(desk.store, "uji", "start", "start:1", b"{}", at=desk.clock.now())
    desk.store.commit()
    desk.decide()
    return desk


def digests(desk: Desk, person: str = "") -> list[Say]:
    """The morning digests, of everybody or of one person."""
    return [say for say in desk.effects(Say) if say.key == "digest.title" and person in ("", say.person)]


def busy(desk: Desk) -> None:
    """An order that is due at four, one that is late since yesterday, and a report that waits for a verdict."""
    desk.clock.set(SIX - 20 * HOUR)
    desk.say("wabup", "DLH dan PUPR bersihkan saluran di pasar hari ini paling lambat 16.00, laporkan")
    desk.photo("dlh-1", caption="Lapor P-1, saluran pasar sudah bersih", judged=True)
    desk.move(hours=20)
    desk.say("bupati", "Dinkes dan PUPR siapkan posko kesehatan hari ini paling lambat 16.00, laporkan")


def test_leaders_and_the_units_that_owe_something_read_it_in_the_morning(desk: Desk) -> None:
    """At seven, privately, and it does not ring."""
    busy(desk)
    assert digests(desk) == []
    desk.move(hours=1)
    assert {say.person for say in digests(desk)} == {"bupati", "wabup", "sekda", "pupr-1", "kes-1"}
    assert not any(say.rings or say.mentions for say in digests(desk))
    leader = "\n".join(shown(digests(desk, "bupati")[0]))
    assert "Batasnya hari ini: 1 perintah\n• P-2" in leader
    assert "PUPR dan Dinkes" in leader or "Dinkes dan PUPR" in leader
    assert "Lewat batas: 1 tugas dari 1 perintah\n• P-1" in leader
    assert "Menunggu penilaian Bapak/Ibu (1): L-1" in leader
    assert "Tidak perlu lagi? Balas: stop ringkasan" in leader
    unit = "\n".join(shown(digests(desk, "pupr-1")[0]))
    assert "P-1" in unit and "P-2" in unit and "DLH, " not in unit
    assert "P-1" not in "\n".join(shown(digests(desk, "kes-1")[0]))
    assert [fact.day for fact in desk.facts(f.DigestSent)] == ["2026-11-20"]


def test_it_comes_once_a_day_and_not_when_there_is_nothing_to_say(desk: Desk) -> None:
    """Two mornings with something to say, then the order is withdrawn."""
    busy(desk)
    desk.move(hours=1)
    first = len(digests(desk))
    desk.move(hours=5)
    assert len(digests(desk)) == first
    desk.move(hours=24)
    assert len(digests(desk, "pupr-1")) == 2
    desk.say("wabup", "!cabut P-1", room=CONTROL)
    desk.say("bupati", "!cabut P-2", room=CONTROL)
    desk.say("bupati", "!terima L-1")
    desk.react("bupati", "$none", "👍")
    before = len(digests(desk, "pupr-1"))
    desk.move(hours=24)
    assert len(digests(desk, "pupr-1")) == before


@pytest.mark.parametrize(("back_after", "told_today"), [(1.5, True), (5.9, True), (6.1, False), (13, False)])
def test_a_morning_that_was_missed_is_told_until_noon(desk: Desk, back_after: float, told_today: bool) -> None:
    """The bridge was down at seven; it is back at that hour after six."""
    busy(desk)
    desk.clock.advance(back_after * 3600)
    desk.store.begin()
    inbox.add_row(desk.store, "uji", "start", "start:2", b"{}", at=desk.clock.now())
    desk.store.commit()
    desk.decide()
    assert bool(digests(desk)) is told_today
    count = len(digests(desk, "bupati"))
    desk.move(hours=24)
    assert len(digests(desk, "bupati")) == count + 1


def test_after_days_of_silence_only_this_morning_is_told(desk: Desk) -> None:
    """Down from Friday to Sunday at nine."""
    busy(desk)
    desk.clock.advance(51 * 3600)
    desk.decide()
    assert len(digests(desk, "bupati")) == 1
    assert [fact.day for fact in desk.facts(f.DigestSent)] == ["2026-11-22"]


def test_whoever_wants_none_gets_none_until_they_ask_again(desk: Desk) -> None:
    """In ordinary words in a direct chat; it is a fact, and survives everything."""
    busy(desk)
    chat = direct(desk, "bupati")
    desk.say("bupati", "Tolong stop ringkasan ya.", room=chat)
    assert desk.said(chat)[-1].key == "digest.off"
    assert desk.facts(f.DigestWanted)[-1].wanted is False
    desk.move(hours=1)
    assert digests(desk, "bupati") == [] and digests(desk, "wabup")
    desk.say("bupati", "ringkasan lagi", room=chat)
    assert "tiap pagi pukul 07.00" in shown(desk.said(chat)[-1])[0]
    desk.move(hours=24)
    assert len(digests(desk, "bupati")) == 1


def test_an_expert_gets_it_for_the_asking_and_a_guest_does_not(desk: Desk) -> None:
    """Who may read names may ask for all; who leads no unit and may not, has nothing to read."""
    busy(desk)
    chat = direct(desk, "ahli-1")
    desk.say("ahli-1", "ringkasan lagi", room=chat)
    desk.move(hours=1)
    assert "Lewat batas" in "\n".join(shown(digests(desk, "ahli-1")[0]))


def test_the_digest_of_now_can_be_asked_for(desk: Desk) -> None:
    """Also by whoever wants none in the mornings; nothing to say is said."""
    chat = direct(desk, "kes-1")
    desk.say("kes-1", "ringkasan", room=chat)
    assert desk.said(chat)[-1].key == "digest.nothing"
    busy(desk)
    desk.say("kes-1", "stop ringkasan", room=chat)
    desk.say("kes-1", "ringkasan", room=chat)
    assert "P-2" in "\n".join(shown(desk.said(chat)[-1]))


def test_in_the_forum_it_is_answered_privately(desk: Desk) -> None:
    """Nobody else reads who wants no digest."""
    desk.say("kes-1", "!stop ringkasan", room=FORUM)
    assert desk.said(FORUM) == []
    assert [say.key for say in told(desk, "kes-1")] == ["digest.off"]


@pytest.mark.parametrize("stage", [stage for stage in ORDER if stage != "enforce"])
def test_it_begins_with_the_stage_that_reminds(database: Database, stage: str) -> None:
    """In `watch` and `tag` nobody is written to of the bot's own accord."""
    store = ledger_in(database)
    desk = begun(Desk(store, stage=stage))
    busy(desk)
    desk.move(hours=1)
    assert bool(digests(desk)) is (stage == "remind")
    store.close()


def test_time_and_readers_are_the_policys(database: Database) -> None:
    """At half past two in the afternoon, to the deputy alone; a change of the file counts at once."""
    store = ledger_in(database)
    rules = "morning: {at: 14:30, roles: [deputy], heads: false}\n"
    desk = begun(Desk(store, policy=policy_text(rules)))
    busy(desk)
    desk.move(hours=8)
    assert digests(desk) == []
    desk.move(hours=1)
    assert [say.person for say in digests(desk)] == ["wabup"]
    store.close()


def test_it_is_short_however_much_is_late(desk: Desk) -> None:
    """Forty orders, all due today."""
    for number in range(40):
        desk.say("wabup", f"PUPR perbaiki jembatan nomor {number} hari ini paling lambat 16.00, laporkan")
    desk.move(hours=1)
    assert len(shown(digests(desk, "wabup")[0])) <= 14
    assert len(shown(digests(desk, "pupr-1")[0])) <= 10


def test_photos_that_wait_are_in_the_leaders_digest(desk: Desk) -> None:
    """How many people should look at, and how many counted because nobody did; a unit reads nothing of it."""
    desk.move(hours=8)
    desk.say("wabup", "PUPR bersihkan saluran Cabenge hari ini paling lambat jam 17.00")
    for letter in "ab":
        photo = desk.photo("pupr-1", caption="Lapor P-1, saluran sudah dibersihkan")
        desk.judge(photo, sha256=letter * 64, width=500, height=400)
    desk.move(hours=17)
    leader = digests(desk, "bupati")[-1]
    assert "Foto atau video yang menunggu dilihat (2): A-1 dan A-2" in shown(leader)
    assert not [line for say in digests(desk, "pupr-1") for line in shown(say) if "dilihat" in line]
    desk.move(hours=24)
    lines = shown(digests(desk, "bupati")[-1])
    assert "Dihitung tanpa sempat dilihat dalam tiga hari ini: 2" in lines
