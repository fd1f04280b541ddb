"""A realistic run of records: the story of Soppeng over three weeks.

`soppeng()` gives the ledger of a forum whose weeks 46, 47 and 48 are sealed, and an archive with its photos.
Week 46 is short and leaves a directive open; week 47 is the story; week 48 brings what came late.
"""

from __future__ import annotations

from bridge.model import facts as f
from tests.summary.history import FORUM, UNITS, Ledger, at, head_of_unit, picture


def soppeng(language: str = "id", upto: str = "2026-W48") -> Ledger:
    """The ledger with the weeks up to ``upto`` sealed."""
    ledger = Ledger(language=language)
    for week, tell in (("2026-W46", _week_46), ("2026-W47", _week_47), ("2026-W48", _week_48)):
        tell(ledger)
        if week == upto:
            break
    return ledger


def _week_46(b: Ledger) -> None:
    b.add(f.Started(version="0.1.0", at=at(9, 7)))
    b.add(
        f.FileVersion(what="policy", version=3, sha256="a" * 64, changes=("evidence window 10 min",), at=at(9, 7))
    )
    b.directive(
        "P-11", "bupati", at(12, 8), "Mohon data aset kendaraan dinas dilengkapi.", ["DISHUB", "PUPR"], at(13, 17)
    )
    b.task(
        "P-11",
        "DISHUB",
        "acknowledged",
        at(12, 8, 20),
        person=head_of_unit("DISHUB"),
        via="reaction",
        attested=True,
    )
    b.report(
        "L-6", head_of_unit("DISHUB"), at(13, 9), "Izin melaporkan, data kendaraan terlampir.", directive="P-11",
        photos=[picture(1)],
    )  # fmt: skip
    b.task("P-11", "PUPR", "late", at(13, 17), by="rule:due", via="timer")
    b.add(
        f.Sealed(
            event="$sealed1", room=FORUM, sender="@kepala3:soppeng.test", person="kepala-pupr", code="no_session",
            at=at(14, 10),
        )
    )  # fmt: skip
    b.seal("2026-W46", at(9, 0), at(16, 0))


def _week_47(b: Ledger) -> None:
    everyone = [unit for unit, _ in UNITS]
    b.message("ahli", at(16, 8), "Selamat pagi, Bapak/Ibu.", "chatter")
    order = b.directive(
        "P-12", "wabup", at(20, 7, 5),
        "Kepada seluruh SKPD agar melaksanakan kerja bakti massal hari ini, laporkan paling lambat pukul 17.00.",
        everyone, at(20, 17),
    )  # fmt: skip
    for index, unit in enumerate(everyone[:13]):
        b.message(head_of_unit(unit), at(20, 7, 10 + index), "siap 🙏", "acknowledgement", reply_to=order)
        b.task("P-12", unit, "acknowledged", at(20, 7, 10 + index), person=head_of_unit(unit))
    for index, unit in enumerate(everyone[:12]):
        photos = [picture(10 + index * 3 + n, unit) for n in range(3 if unit == "DISDIK" else 1)]
        b.report(
            f"L-{7 + index}", head_of_unit(unit), at(20, 9, index * 5),
            f"Izin melaporkan kerja bakti {unit}, kegiatan berjalan lancar.", directive="P-12", photos=photos,
        )  # fmt: skip
    b.report(
        "L-19", head_of_unit("SATPOLPP"), at(20, 10, 30), "Video penertiban di pasar.",
        photos=[b"not really mp4" * 40], video=True,
    )  # fmt: skip
    b.photo("L-8", head_of_unit("DISNAKKESWAN"), at(20, 11), picture(10, "DLH"), verdict="duplicate", first="L-7")
    b.photo("L-9", head_of_unit("PUPR"), at(20, 11, 2), b"\x00bomb", verdict="bomb")
    b.report(
        "L-20",
        head_of_unit("KEC-LALABATA"),
        at(20, 12),
        '=HYPERLINK("http://x"), sudah kerja bakti',
        directive="P-12",
    )
    b.add(f.Asked(what="evidence", about="L-20", person=head_of_unit("KEC-LALABATA"), at=at(20, 12, 10)))
    b.add(
        f.ReportChanged(
            number="L-20", state="incomplete", at=at(20, 14), by="rule:evidence", via="timer", reason="no_evidence",
            cause="$timer1",
        )
    )  # fmt: skip
    for unit in ("KEC-LALABATA", "KEC-MARIORIWAWO"):
        b.task("P-12", unit, "late", at(20, 17), by="rule:due", via="timer")
    for index, unit in enumerate(everyone[:5]):
        number = f"L-{7 + index}"
        b.add(
            f.ReportChanged(number=number, state="accepted", at=at(20, 18), by="wabup", via="reaction", cause="$r")
        )
        b.task("P-12", unit, "accepted", at(20, 18), by="wabup", via="reaction", attested=True, report=number)
    wrong = b.message("bupati", at(20, 19), "Bagus sekali, lanjutkan semangatnya!", "directive", number="P-13")
    b.add(
        f.Corrected(
            event=wrong, was="directive", label="chatter", number_was="P-13", by="ahli", via="reaction",
            at=at(20, 19, 2), cause="$reaction9",
        )
    )  # fmt: skip
    proposal = b.message(
        head_of_unit("DISDAG"), at(21, 10), "Bagaimana kalau pasar murah dimajukan ke Rabu?", "question"
    )
    answer = b.message(
        "bupati", at(21, 10, 4), "Setuju, dimajukan ke Rabu.", "decision", number="K-3", reply_to=proposal
    )
    b.add(
        f.Decision(
            number="K-3", event=answer, room=FORUM, person="bupati", name="Andi Baso", role="leader",
            text="Setuju, dimajukan ke Rabu.", decided_at=at(21, 10, 4), proposal_event=proposal,
            proposal_by=head_of_unit("DISDAG"), proposal_text="Bagaimana kalau pasar murah dimajukan ke Rabu?",
            policy_version=3,
        )
    )  # fmt: skip
    urgent = b.report(
        "L-21", head_of_unit("DISNAKKESWAN"), at(22, 23, 10),
        "Lapor: dua ekor sapi di Marioriwawo diduga anthrax, wilayah sudah disekat.", emergency=True,
    )  # fmt: skip
    b.add(f.Emergency(report="L-21", event=urgent, words=("anthrax",), rung=("bupati", "wabup"), at=at(22, 23, 10)))
    b.photo("L-21", head_of_unit("DISNAKKESWAN"), at(22, 23, 55), picture(99, "sapi"))
    b.add(f.ReportChanged(number="L-21", state="reported", at=at(22, 23, 56), by="rule:evidence", cause=urgent))
    b.add(
        f.Membership(
            room=FORUM, user="@orang-luar:lain.test", membership="invite", by="@kepala5:soppeng.test",
            at=at(19, 20), event=b.event(),
        )
    )  # fmt: skip
    b.add(
        f.Act(
            number="A-4", verb="remove", room=FORUM, user="@orang-luar:lain.test",
            reason="Tidak ada dalam daftar anggota.", rule="membership", by="rule:membership", policy_version=3,
            roster_version=2, at=at(19, 20, 15), cause="$invite",
        )
    )  # fmt: skip
    b.add(f.ActDone(number="A-4", result="done", at=at(19, 20, 16)))
    b.add(
        f.Refused(
            event=b.event(), sender="@orang-luar:lain.test", why="no_authority", detail="!terima", at=at(19, 20, 5)
        )
    )
    b.add(f.Redacted(event=wrong, by="bupati", redaction=b.event(), at=at(20, 19, 30)))
    b.add(f.Edited(event=answer, edit=b.event(), text="Setuju, dimajukan ke Rabu pagi.", at=at(21, 10, 6)))
    b.add(
        f.LevelsSeen(
            room=FORUM,
            by="@ahli:soppeng.test",
            event=b.event(),
            changes=(("events_default", "0", "50"),),
            at=at(21, 8),
        )
    )
    b.add(f.Stage(stage="enforce", was="remind", by="ahli", second="wabup", at=at(18, 9), cause="$c"))
    b.add(
        f.ForumRead(
            week="2026-W47",
            units=(
                f.UnitRead("DISHUB", 2, in_room=1, invited=1, readers=1, first=at(16, 8, 30)),
                f.UnitRead("PUPR", 1, in_room=1),
            ),
            at=at(23, 6),
        )
    )
    b.seal("2026-W47", at(16, 0), at(23, 0))


def _week_48(b: Ledger) -> None:
    b.add(f.Opened(event="$sealed1", at=at(24, 9)))
    b.message(
        head_of_unit("PUPR"), at(14, 10), "Izin, data kendaraan kami susulkan.", "report", received_at=at(24, 9),
        late="decrypted",
    )  # fmt: skip
    b.photo("L-20", head_of_unit("KEC-LALABATA"), at(23, 8), picture(120, "Lalabata"))
    b.add(f.ReportChanged(number="L-20", state="reported", at=at(23, 8, 5), by="rule:evidence", cause="$x"))
    b.task("P-12", "KEC-LALABATA", "reported", at(23, 8, 5), report="L-20")
    for unit, _ in UNITS[5:]:
        b.task("P-12", unit, "accepted", at(24, 8), by="wabup", via="command")
    b.add(
        f.Gap(
            gap="g1", what="downtime", since=at(25, 1), until=at(25, 2), state="open", cause="restart", at=at(25, 2)
        )
    )
    b.add(f.Gap(gap="g1", what="downtime", state="filled", events=7, at=at(25, 2, 1)))
    b.seal("2026-W48", at(23, 0), at(30, 0))
