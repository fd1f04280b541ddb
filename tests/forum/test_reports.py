"""Reports and their evidence, in every order and way in which clients send them."""

from __future__ import annotations

from bridge.model import facts as f
from tests.forum.desk import CONTROL, FORUM, Desk
from tests.words import ORDER

DONE = "Izin melaporkan, kerja bakti di pasar sudah selesai dilaksanakan"


def ordered(desk: Desk) -> str:
    """An order to everybody stands."""
    order = desk.say("wabup", ORDER)
    assert desk.chip(order) == "📌 P-1"
    return order


def test_text_then_photo(desk: Desk) -> None:
    """Element Web sends words and photo as two events: the photo completes the report."""
    ordered(desk)
    report = desk.say("dlh-1", DONE)
    assert desk.chip(report) == "📋 L-1"
    assert desk.report("L-1") == "waiting"
    desk.move(minutes=2)
    photo = desk.photo("dlh-1", judged=True)
    assert desk.report("L-1") == "reported"
    assert desk.task("P-1", "dlh") == "reported"
    assert desk.label(photo) == "report"
    assert desk.chip(photo) is None


def test_photo_then_text(desk: Desk) -> None:
    """The photo first: it opens the report, the words describe it, there is one number."""
    ordered(desk)
    photo = desk.photo("dlh-1", judged=True)
    assert desk.chip(photo) == "📋 L-1"
    desk.move(minutes=1)
    words = desk.say("dlh-1", DONE)
    assert desk.chip(words) is None
    assert [report.number for report in desk.facts(f.Report)] == ["L-1"]
    assert desk.facts(f.ReportChanged)[-1].text == DONE
    assert desk.report("L-1") == "reported"


def test_photo_then_text_without_an_order(desk: Desk) -> None:
    """Nobody ordered it: the photo waits without a tag until the words come."""
    photo = desk.photo("dlh-1", judged=True)
    assert desk.chip(photo) is None
    desk.move(minutes=3)
    report = desk.say("dlh-1", "Izin melaporkan, pohon tumbang di jalan Kemakmuran sudah dibersihkan")
    assert desk.chip(report) == "📋 L-1"
    assert desk.report("L-1") == "reported"


def test_caption(desk: Desk) -> None:
    """Element X sends words as the photo's caption."""
    ordered(desk)
    report = desk.photo("dlh-1", caption=DONE)
    assert desk.chip(report) == "📋 L-1"
    assert desk.report("L-1") == "waiting"
    desk.judge(report)
    assert desk.report("L-1") == "reported"


def test_reply_with_a_photo(desk: Desk) -> None:
    """A photo that replies to the order reports for it."""
    order = ordered(desk)
    report = desk.photo("dlh-1", reply_to=order, judged=True)
    assert desk.chip(report) == "📋 L-1"
    assert desk.task("P-1", "dlh") == "reported"


def test_photo_in_the_thread(desk: Desk) -> None:
    """So does one in the order's thread."""
    order = ordered(desk)
    desk.photo("dlh-1", thread=order, judged=True)
    assert desk.task("P-1", "dlh") == "reported"


def test_photo_as_reply_to_the_own_words(desk: Desk) -> None:
    """A photo in reply to one's own report completes it, even an hour later."""
    ordered(desk)
    report = desk.say("dlh-1", DONE)
    desk.move(minutes=70)
    desk.photo("dlh-1", reply_to=report, judged=True)
    assert desk.report("L-1") == "reported"
    assert len(desk.facts(f.Report)) == 1


def test_album(desk: Desk) -> None:
    """Three photos within a minute are one report with one chip."""
    ordered(desk)
    photos = [desk.photo("dlh-1", f"IMG_{place}.jpg", judged=True) for place in range(3)]
    assert [desk.chip(photo) for photo in photos] == ["📋 L-1", None, None]
    assert [paired.how for paired in desk.facts(f.EvidencePaired)] == ["photo", "album", "album"]


def test_video(desk: Desk) -> None:
    """A video is evidence, too."""
    ordered(desk)
    desk.photo("dlh-1", "VID.mp4", kind="m.video", mimetype="video/mp4", judged=True)
    assert desk.task("P-1", "dlh") == "reported"


def test_evidence_is_asked_for_once_then_the_report_is_incomplete(desk: Desk) -> None:
    """Ten minutes: asked once, quietly. Two hours: incomplete, and that rings. Nothing is deleted."""
    ordered(desk)
    desk.say("dlh-1", DONE)
    desk.move(minutes=9)
    assert "report.ask_evidence" not in desk.heard()
    desk.move(minutes=2)
    asked = [say for say in desk.said() if say.key == "report.ask_evidence"]
    assert len(asked) == 1
    assert not asked[0].rings
    desk.move(hours=2)
    assert desk.report("L-1") == "incomplete"
    told = [say for say in desk.said() if say.key == "report.incomplete"]
    assert len(told) == 1
    assert told[0].rings
    assert len([say for say in desk.said() if say.key == "report.ask_evidence"]) == 1


def test_a_photo_after_the_limit_still_completes(desk: Desk) -> None:
    """A late photo is welcome: in reply, an incomplete report becomes reported."""
    ordered(desk)
    report = desk.say("dlh-1", DONE)
    desk.move(hours=3)
    desk.photo("dlh-1", reply_to=report, judged=True)
    assert desk.report("L-1") == "reported"


def test_unread_photo_is_unknown_not_missing(desk: Desk) -> None:
    """A photo that could not be fetched in time makes the report unknown, never incomplete."""
    ordered(desk)
    desk.say("dlh-1", DONE)
    desk.photo("dlh-1")
    desk.move(hours=3)
    assert desk.report("L-1") == "waiting"
    desk.move(hours=24)
    assert desk.report("L-1") == "unknown"
    assert "report.incomplete" not in desk.heard()


def test_same_photo_in_another_report(desk: Desk) -> None:
    """The same bytes prove one report only; the second is told courteously and keeps waiting."""
    first = desk.photo("dlh-1", caption=DONE)
    desk.judge(first, sha256="a" * 64)
    ordered(desk)
    second = desk.photo("pupr-1", caption="Izin melaporkan, kerja bakti drainase selesai dilaksanakan")
    desk.judge(second, sha256="a" * 64)
    assert desk.report("L-2") == "waiting"
    judged = desk.facts(f.EvidenceJudged)[-1]
    assert (judged.verdict, judged.first_report) == ("duplicate", "L-1")
    assert "evidence.duplicate" in desk.heard()
    desk.photo("pupr-1", reply_to=second, judged=True)
    assert desk.report("L-2") == "reported"


def test_same_photo_twice_in_one_report(desk: Desk) -> None:
    """Sending it twice by mistake harms nobody."""
    ordered(desk)
    first = desk.photo("dlh-1", caption=DONE)
    desk.judge(first, sha256="b" * 64)
    again = desk.photo("dlh-1")
    desk.judge(again, sha256="b" * 64)
    assert desk.report("L-1") == "reported"
    assert desk.facts(f.EvidenceJudged)[-1].verdict == "repeated"
    assert "evidence.duplicate" not in desk.heard()


def test_resending_a_loose_photo_as_evidence(desk: Desk) -> None:
    """A photo that belonged to no report may be sent again with one."""
    loose = desk.photo("dlh-1")
    desk.judge(loose, sha256="c" * 64)
    desk.move(hours=5)
    ordered(desk)
    report = desk.photo("dlh-1", caption=DONE)
    desk.judge(report, sha256="c" * 64)
    assert desk.report("L-1") == "reported"


def test_stickers_voices_and_documents_prove_nothing(desk: Desk) -> None:
    """They leave the report waiting."""
    ordered(desk)
    report = desk.say("dlh-1", DONE)
    desk.photo("dlh-1", "laporan.pdf", kind="m.file", mimetype="application/pdf", reply_to=report)
    desk.photo("dlh-1", "suara.ogg", kind="m.audio", mimetype="audio/ogg", reply_to=report)
    desk.photo("dlh-1", "lucu.gif", mimetype="image/gif", reply_to=report)
    assert desk.report("L-1") == "waiting"
    desk.move(minutes=11)
    assert "report.ask_evidence" in desk.heard()


def test_hostile_file_gets_a_sentence(desk: Desk) -> None:
    """A broken photo is answered with what to do; a good one after it completes the report."""
    ordered(desk)
    report = desk.photo("dlh-1", caption=DONE, judged="truncated")
    assert desk.report("L-1") == "waiting"
    assert "evidence.truncated" in desk.heard()
    desk.photo("dlh-1", reply_to=report, judged=True)
    assert desk.report("L-1") == "reported"


def test_nil_report_needs_no_photo(desk: Desk) -> None:
    """Where nothing happened there is nothing to photograph."""
    desk.say("citta-1", "Izin lapor, nihil kejadian di wilayah Citta, aman terkendali")
    assert desk.report("L-1") == "reported"


def test_leader_accepts_and_returns(desk: Desk) -> None:
    """A leader's 👍 accepts, 👎 returns and rings the reporter; taking the reaction back counts."""
    ordered(desk)
    report = desk.photo("dlh-1", caption=DONE, judged=True)
    thumb = desk.react("bupati", report, "👍🏽")
    assert desk.report("L-1") == "accepted"
    assert desk.task("P-1", "dlh") == "accepted"
    assert desk.facts(f.ReportChanged)[-1].attested
    desk.redact("bupati", thumb)
    assert desk.report("L-1") == "reported"
    assert desk.task("P-1", "dlh") == "reported"
    desk.react("wabup", report, "👎")
    assert desk.report("L-1") == "returned"
    returned = [say for say in desk.said() if say.key == "report.returned"]
    assert returned[0].rings
    assert returned[0].mentions == ("@dlh-1:desk",)
    again = desk.photo("dlh-1", reply_to=report, judged=True)
    assert desk.report("L-1") == "reported", again


def test_heads_do_not_accept(desk: Desk) -> None:
    """A colleague's thumb is applause, not acceptance."""
    ordered(desk)
    report = desk.photo("dlh-1", caption=DONE, judged=True)
    desk.react("pupr-1", report, "👍")
    assert desk.report("L-1") == "reported"


def test_accepted_by_itself_after_three_days(desk: Desk) -> None:
    """Nobody has to tap forty times."""
    ordered(desk)
    desk.photo("dlh-1", caption=DONE, judged=True)
    desk.move(hours=73)
    assert desk.report("L-1") == "accepted"


def test_report_of_something_else_is_not_tied_to_the_order(desk: Desk) -> None:
    """Words about another matter, without a photo, do not answer the open order."""
    ordered(desk)
    desk.say("pupr-1", "Lapor: jembatan gantung di Mattabulu rusak ringan, lalu lintas dialihkan sementara")
    assert desk.facts(f.Report)[0].directive is None
    assert desk.task("P-1", "pupr") == "open"


def test_captioned_photo_after_words_completes_them(desk: Desk) -> None:
    """'Dokumentasi' under the photo adds no second report."""
    ordered(desk)
    desk.say("dlh-1", DONE)
    desk.photo("dlh-1", caption="Dokumentasi 🙏", judged=True)
    assert len(desk.facts(f.Report)) == 1
    assert desk.report("L-1") == "reported"


def test_clear_text_in_an_encrypted_room_does_not_count(desk: Desk) -> None:
    """It is recorded as not encrypted and asked for again."""
    event = desk.say("wabup", ORDER, encrypted=False)
    assert desk.facts(f.Directive) == []
    assert desk.facts(f.Refused)[0].why == "clear_text"
    assert desk.chip(event) is None
    assert "refused.clear_text" in desk.heard()


def test_thirty_reports_cause_few_messages(desk: Desk) -> None:
    """Reports are chips and one card; the room is not talked to."""
    ordered(desk)
    for person in ("dlh-1", "ternak-1", "pupr-1", "kes-1", "dik-1", "bpbd-1", "citta-1", "ganra-1"):
        desk.photo(person, caption=DONE, judged=True)
    assert desk.said(FORUM) == []
    assert desk.cards() == ["P-1"]


def test_a_clear_command_in_the_control_room_is_refused_with_a_sentence(desk: Desk) -> None:
    """Commands count only when decrypted; whoever typed one hears why."""
    desk.say("ahli-1", "!status", room=CONTROL, encrypted=False)
    assert desk.facts(f.Refused)[0].why == "clear_text"
    assert desk.heard(CONTROL) == ["refused.clear_text"]


def test_a_report_finds_its_order_whatever_form_its_verb_has(desk: Desk) -> None:
    """Mengangkut and angkut are one word: of two orders the report answers the one that it is about."""
    desk.say("wabup", "DLH angkut tumpukan di terminal")
    desk.clock.advance(60)
    desk.say("wabup", "DLH tanam pohon di alun-alun")
    desk.say("dlh-1", "Izin melaporkan, petugas telah mengangkut seluruhnya sejak subuh")
    assert desk.facts(f.Report)[0].directive == "P-1"
