"""Photos that wait for a verifier, and what happens elsewhere meanwhile: their cards close, and name who it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.ledger import projections, work
from bridge.ledger.comparing import misfits
from bridge.model import facts as f
from bridge.model.effects import Retract, ShowPictures
from bridge.model.event import Json
from tests.forum.desk import CONTROL, Desk, policy_text
from tests.forum.test_looked_at import DONE, ORDER, card, joint, posted, tap, told

SHA, OTHER = "7" * 64, "9" * 64


def state(desk: Desk, number: str = "A-1") -> str:
    row = desk.store.one("SELECT state FROM evidence_check WHERE number = ?", (number,))
    return str(row[0]) if row else ""


def closing(desk: Desk, number: str = "A-1") -> list[str]:
    """What the card says at its end."""
    return [line.key for line in card(desk, number) if line.key.startswith(("check.is_", "check.by", "check.how"))]


def retracted(desk: Desk) -> list[str]:
    return [effect.ref for effect in desk.effects(Retract) if effect.ref.endswith(".pictures")]


def replace(desk: Desk, person: str, event: str, sha256: str, *, verdict: str = "ok", **seen: object) -> str:
    """The file of a photo is replaced by an edit, and the new one judged."""
    image: Json = {
        "msgtype": "m.image",
        "body": "IMG.jpg",
        "url": "mxc://desk/new",
        "info": {"mimetype": "image/jpeg"},
    }
    content = {**image, "m.new_content": image, "m.relates_to": {"rel_type": "m.replace", "event_id": event}}
    edit = desk.put(desk.message(person, content))
    desk.judge(edit, index=0, sha256=sha256, verdict=verdict, **seen)
    return edit


def test_what_a_leader_accepts_needs_no_verifier(desk: Desk) -> None:
    """👍 on the held report: its card closes with the leader's name, its time ends, and a later tap hears so."""
    second, check = joint(desk)
    desk.react("bupati", second, "👍")
    assert (desk.report("L-2"), desk.task("P-1", "pupr")) == ("accepted", "accepted")
    settled = desk.facts(f.EvidenceSettled)[-1]
    assert (settled.check, settled.verdict, settled.by, settled.attested) == ("A-1", "ok", "bupati", True)
    assert closing(desk) == ["check.is_ok", "check.by"]
    assert card(desk)[-1].values == {"name": "Bupati Contoh"}
    tap(desk, "ahli-1", check, "❌")
    assert told(desk, "check.closed_by")[0].values == {"number": "A-1", "name": "Bupati Contoh"}
    desk.move(hours=30)
    assert [fact.verdict for fact in desk.facts(f.EvidenceSettled)] == ["ok"]


def test_what_a_leader_returns_is_declined(desk: Desk) -> None:
    """👎: another photo is wanted, and the sender reads that once."""
    second, _ = joint(desk)
    desk.react("bupati", second, "👎")
    assert (desk.report("L-2"), state(desk)) == ("returned", "declined")
    assert desk.heard() == ["report.returned"]


@pytest.mark.parametrize(("key", "before"), [("👍", "accepted"), ("👎", "returned")])
def test_a_leader_who_takes_it_back_opens_it_again(desk: Desk, key: str, before: str) -> None:
    """The report is held as it was, its card asks again, and it counts after a day from then."""
    second, check = joint(desk)
    said = desk.react("bupati", second, key)
    assert desk.report("L-2") == before
    desk.redact("bupati", said)
    assert (desk.report("L-2"), desk.task("P-1", "pupr"), state(desk)) == ("held", "acknowledged", "open")
    assert closing(desk) == ["check.how", "check.how_words"]
    tap(desk, "ahli-1", check, "✅")
    assert desk.report("L-2") == "reported"


@pytest.mark.parametrize(("key", "report", "check"), [("👍", "reported", "ok"), ("👎", "waiting", "declined")])
def test_a_verifier_says_it_in_the_forum(desk: Desk, key: str, report: str, check: str) -> None:
    """As under the card: the photo counts or another is asked for; accepting stays with the leaders."""
    second, _ = joint(desk)
    desk.react("ahli-1", second, key)
    assert (desk.report("L-2"), state(desk)) == (report, check)
    assert closing(desk)[-1] == "check.by"


@pytest.mark.parametrize("person", ["kes-1", "dlh-1", "pupr-1", "auditor-1"])
def test_others_say_nothing_by_it(desk: Desk, person: str) -> None:
    """A colleague's 👍 is a kindness."""
    second, _ = joint(desk)
    desk.react(person, second, "👍")
    assert (desk.report("L-2"), state(desk)) == ("held", "open")


def test_a_verifier_of_the_own_unit_says_nothing_in_the_forum_either(tmp_path: Path) -> None:
    desk = Desk(tmp_path, policy=policy_text("rights: {verify: [head]}\n"))
    desk.say("wabup", ORDER)
    desk.judge(desk.photo("dlh-1", caption=DONE), sha256=SHA)
    second = desk.photo("pupr-1", caption=DONE)
    desk.judge(second, sha256=SHA)
    desk.react("pupr-1", second, "👍")
    assert state(desk) == "open"
    desk.react("kes-1", second, "👍")
    assert state(desk) == "ok"


def album(desk: Desk) -> tuple[str, str]:
    """A report with a photo that counts and one that is held: the events of its words and of the held one."""
    desk.say("wabup", ORDER)
    words = desk.say("pupr-1", DONE)
    desk.judge(desk.photo("pupr-1"), sha256=OTHER)
    small = desk.photo("pupr-1", reply_to=words)
    desk.judge(small, sha256=SHA, width=500, height=400)
    desk.deliver()
    assert (desk.report("L-1"), state(desk)) == ("reported", "open")
    return words, small


def test_all_reports_accepted_at_once_close_their_cards(desk: Desk) -> None:
    """`terima semua P-1` leaves no card behind."""
    album(desk)
    desk.say("bupati", "!terima semua P-1")
    assert (desk.report("L-1"), state(desk)) == ("accepted", "ok")
    assert closing(desk) == ["check.is_ok", "check.by"]


def test_a_report_accepted_by_itself_closes_them_unseen(tmp_path: Path) -> None:
    """Where cards wait longer than reports: nobody has looked, and nobody is named."""
    desk = Desk(tmp_path, policy=policy_text("evidence: {check_within: 200h}\n"))
    album(desk)
    desk.move(hours=74)
    assert (desk.report("L-1"), state(desk)) == ("accepted", "unchecked")
    assert closing(desk) == ["check.is_unchecked"]


def test_opening_a_report_again_declines_what_waits(desk: Desk) -> None:
    """`!buka lagi L-1`: the reason is the leader's, the card closes."""
    album(desk)
    desk.say("bupati", "!buka lagi L-1 mohon foto yang lebih jelas")
    assert (desk.report("L-1"), state(desk)) == ("returned", "declined")


def test_a_withdrawn_report_is_looked_at_by_nobody(desk: Desk) -> None:
    """Its sender deletes it: the card says so and shows no picture, no time runs, and the photo is free."""
    second, check = joint(desk)
    desk.redact("pupr-1", second)
    assert (desk.report("L-2"), state(desk)) == ("withdrawn", "withdrawn")
    assert closing(desk) == ["check.is_withdrawn", "check.by"]
    assert retracted(desk) == ["A-1.pictures"]
    tap(desk, "ahli-1", check, "✅")
    desk.move(hours=30)
    assert [fact.verdict for fact in desk.facts(f.EvidenceSettled)] == ["withdrawn"]


def test_words_that_are_deleted_take_the_check_of_their_photo_with_them(desk: Desk) -> None:
    """The report stood in another message than its photo."""
    desk.say("wabup", ORDER)
    words = desk.say("pupr-1", DONE)
    desk.judge(desk.photo("pupr-1"), sha256=SHA, width=500, height=400)
    desk.deliver()
    assert desk.report("L-1") == "held"
    desk.redact("pupr-1", words)
    assert (desk.report("L-1"), state(desk)) == ("withdrawn", "dropped")
    assert (closing(desk), retracted(desk)) == (["check.is_dropped", "check.by"], ["A-1.pictures"])
    desk.move(hours=30)
    assert desk.report("L-1") == "withdrawn"


def test_what_is_no_report_needs_no_look_until_it_is_one_again(desk: Desk) -> None:
    """🚫 drops the check; 📋 lets the photo wait anew, under another number."""
    second, _ = joint(desk)
    desk.react("ahli-1", second, "🚫")
    assert (desk.report("L-2"), state(desk)) == ("withdrawn", "dropped")
    desk.react("ahli-1", second, "📋")
    assert (desk.report("L-3"), state(desk, "A-2")) == ("held", "open")


def test_what_had_no_card_yet_gets_none(desk: Desk) -> None:
    """Withdrawn before its turn: the control room reads of it neither before nor after."""
    desk.say("wabup", "Seluruh OPD dan camat bersihkan kantor hari ini")
    sent = []
    for person in ("dlh-1", "ternak-1", "pupr-1", "kes-1", "dik-1", "bpbd-1", "citta-1", "ganra-1"):
        sent.append(desk.photo(person, caption="Lapor P-1, kantor sudah dibersihkan"))
        desk.judge(sent[-1], sha256=SHA)
    desk.redact("ganra-1", sent[-1])
    assert state(desk, "A-7") == "withdrawn"
    assert "check:A-7" not in desk.cards()
    desk.move(hours=1.1)
    assert len(desk.effects(ShowPictures)) == 6


def test_a_replaced_file_that_nobody_looked_at_is_judged_alone(desk: Desk) -> None:
    """The first was too small; the one that an edit puts in its place counts, and nobody needs to look."""
    desk.say("wabup", ORDER)
    photo = desk.photo("pupr-1", caption=DONE)
    desk.judge(photo, sha256=SHA, width=500, height=400)
    desk.deliver()
    assert desk.report("L-1") == "held"
    replace(desk, "pupr-1", photo, OTHER)
    assert (desk.report("L-1"), desk.task("P-1", "pupr")) == ("reported", "reported")
    assert (state(desk), len(desk.facts(f.CheckOpened))) == ("withdrawn", 1)
    assert retracted(desk) == ["A-1.pictures"]


def test_one_that_is_held_again_waits_under_its_own_number(desk: Desk) -> None:
    """One card closes, one opens; the report goes on being held."""
    desk.say("wabup", ORDER)
    photo = desk.photo("pupr-1", caption=DONE)
    desk.judge(photo, sha256=SHA, width=500, height=400)
    edit = replace(desk, "pupr-1", photo, OTHER, width=500, height=400)
    assert (desk.report("L-1"), state(desk), state(desk, "A-2")) == ("held", "withdrawn", "open")
    assert desk.facts(f.CheckOpened)[-1].event == edit
    assert desk.facts(f.CheckOpened)[-1].why == ("small",)


def test_one_that_cannot_count_is_asked_for_again(desk: Desk) -> None:
    """The sentence names the repair, and the report waits as long as ever from then on."""
    desk.say("wabup", ORDER)
    photo = desk.photo("pupr-1", caption=DONE)
    desk.judge(photo, sha256=SHA, width=500, height=400)
    desk.move(hours=5)
    edit = replace(desk, "pupr-1", photo, OTHER, verdict="blank")
    assert (desk.report("L-1"), state(desk)) == ("waiting", "withdrawn")
    (said,) = told(desk, "evidence.blank")
    assert said.reply_to == edit
    desk.judge(desk.photo("pupr-1"), sha256="3" * 64)
    assert desk.report("L-1") == "reported"


def test_one_that_never_arrives_takes_nothing_away(desk: Desk) -> None:
    """What could not be fetched is not empty: the first file is looked at."""
    desk.say("wabup", ORDER)
    photo = desk.photo("pupr-1", caption=DONE)
    desk.judge(photo, sha256=SHA, width=500, height=400)
    replace(desk, "pupr-1", photo, OTHER, verdict="unavailable")
    assert (desk.report("L-1"), state(desk)) == ("held", "open")


@pytest.mark.parametrize("how", ["withdrawn", "declined", "returned"])
def test_what_never_counted_is_free_everywhere(desk: Desk, how: str) -> None:
    """Another forum may use the same file afterwards: its first use is released."""
    desk.say("wabup", ORDER)
    photo = desk.photo("pupr-1", caption=DONE)
    desk.judge(photo, sha256=SHA, width=500, height=400)
    desk.deliver()
    assert first_use(desk) == ("L-1", True)
    if how == "withdrawn":
        desk.redact("pupr-1", photo)
    elif how == "declined":
        tap(desk, "ahli-1", posted(desk, "A-1.check"), "❌")
    else:
        desk.react("bupati", photo, "👎")
    report, counts = first_use(desk)
    assert not counts, report
    desk.judge(desk.photo("dlh-1", caption="Lapor P-1, taman juga selesai"), sha256=SHA)
    assert first_use(desk) == ("L-2", True)


def first_use(desk: Desk) -> tuple[str | None, bool]:
    """(report, whether it counts) of the first use of the file, as another forum sees it."""
    user = work.first_use(desk.store, "lain", SHA)
    assert user is not None
    return user.report, user.counts


def test_the_record_alone_makes_all_of_it_again(desk: Desk) -> None:
    """Accepted, taken back, dropped, replaced: what waits follows from the facts."""
    second, _ = joint(desk)
    desk.redact("bupati", desk.react("bupati", second, "👍"))
    desk.react("ahli-1", second, "🚫")
    photo = desk.photo("kes-1", caption="Lapor, puskesmas sudah dibersihkan")
    desk.judge(photo, sha256=OTHER, width=500, height=400)
    replace(desk, "kes-1", photo, "4" * 64)
    desk.store.begin()
    assert misfits(desk.store) == {}
    projections.rebuild(desk.store)
    assert (state(desk), state(desk, "A-2")) == ("dropped", "withdrawn")
    desk.store.rollback()


def test_nothing_of_it_is_heard_in_the_forum(desk: Desk) -> None:
    """A card that closes is the control room's matter."""
    second, _ = joint(desk)
    desk.react("bupati", second, "👍")
    assert (desk.heard(), desk.heard(CONTROL)) == ([], [])
