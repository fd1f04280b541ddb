"""From facts to what people read: tasks, reports, evidence, weeks, words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.model import facts as f
from bridge.model.event import Trust
from bridge.model.evidence import Verdict
from bridge.summary.collect import collect
from bridge.summary.fold import NotAWeek, carry
from bridge.summary.lines import task_line
from bridge.summary.names import padded, plain, slug
from bridge.summary.tables import tables
from bridge.summary.week import Opening, Week
from bridge.summary.words import LANGUAGES, Words
from tests.summary.history import Ledger, at, head_of_unit, picture

MONDAY, NEXT = at(16, 0), at(23, 0)


def week_of(tell: Callable[[Ledger], object]) -> Week:
    ledger = Ledger()
    tell(ledger)
    ledger.seal("2026-W47", MONDAY, NEXT)
    return collect(ledger.records, Opening())


def task(state: str, when: int, **more: str | bool) -> f.Task:
    return f.Task(directive="P-1", unit="DLH", state=state, at=when, cause="$c", **more)  # type: ignore[arg-type]


def test_an_acknowledgement_taken_back_is_none() -> None:
    """Who takes the thumb away has not acknowledged; the next thumb counts from then."""
    facts = [task("open", 1), task("acknowledged", 2, person="a"), task("open", 3)]
    assert task_line("DLH", "open", facts, None).acknowledged_at is None
    again = [*facts, task("acknowledged", 9, person="b", via="reaction", attested=True)]
    line = task_line("DLH", "acknowledged", again, None)
    assert (line.acknowledged_at, line.acknowledged_by, line.attested) == (9, "b", True)


def test_on_time_is_measured_by_the_report() -> None:
    """A report after the due time is late even if no timer marked it, and without a due time nothing is late."""
    late = task_line("DLH", "reported", [task("reported", 20, report="L-1")], 10)
    assert (late.late, late.report, late.fulfilled) == (True, "L-1", True)
    assert not task_line("DLH", "reported", [task("reported", 20)], None).late
    assert not task_line("DLH", "reported", [task("late", 5), task("reported", 9)], 10).late
    assert task_line("DLH", "late", [task("late", 11)], 10).late


def test_returned_and_reported_again() -> None:
    """A return is counted, and the first report still tells whether the unit was on time."""
    facts = [
        task("reported", 5, report="L-1"),
        task("returned", 6),
        task("reported", 30, report="L-2"),
        task("accepted", 40),
    ]
    line = task_line("DLH", "accepted", facts, 10)
    assert (line.returned, line.late, line.report, line.accepted_at) == (1, False, "L-2", 40)


def test_words_that_came_after_the_photo_belong_to_the_report() -> None:
    """So does a directive that was put to it, or taken from it, later."""

    def tell(b: Ledger) -> None:
        b.report("L-1", head_of_unit("DLH"), at(17, 8), "Izin lapor.", directive="P-1", photos=[picture(1)])
        b.add(f.ReportChanged(number="L-1", text="Selokan sudah bersih.", at=at(17, 9), by="x", cause="$c"))
        b.add(f.ReportChanged(number="L-1", directive="", at=at(17, 10), by="x", cause="$c"))

    (report,) = week_of(tell).reports
    assert report.text == "Izin lapor.\nSelokan sudah bersih."
    assert (report.directive, report.state) == (None, "reported")


def judged(
    event: str, sha: str, *, index: int = 0, report: str | None = None, verdict: str = "ok"
) -> f.EvidenceJudged:
    return f.EvidenceJudged(
        event=event,
        index=index,
        report=report,
        verdict=verdict,
        sha256=sha,
        size=9,
        mime="image/jpeg",
        at=at(17, 8),
    )


def test_an_album_in_one_message_is_several_files() -> None:
    """Two pictures of one event are told apart by their index; a second verdict on one replaces the first."""

    def tell(b: Ledger) -> None:
        b.report("L-1", head_of_unit("DLH"), at(17, 8), "Lapor.")
        for index in (0, 1):
            b.add(
                f.EvidencePaired(
                    report="L-1",
                    event="$album",
                    index=index,
                    kind_of_media="image",
                    mxc="mxc://a/b",
                    how="album",
                    at=at(17, 8),
                )
            )
        b.add(judged("$album", "", index=0, verdict="unavailable"))
        b.add(judged("$album", "a" * 64, index=0, report="L-1"))
        b.add(judged("$album", "b" * 64, index=1))

    week = week_of(tell)
    assert [line.file for line in week.evidence] == [
        "foto/L-0001_DLH_2026-11-17_1.jpg",
        "foto/L-0001_DLH_2026-11-17_2.jpg",
    ]
    assert week.gaps == ()


def test_a_photo_judged_before_its_text_finds_its_report() -> None:
    """Text and photo come in any order, even with the seal between them; the file is in the week that judged it."""
    ledger = Ledger()
    ledger.add(judged("$photo", "a" * 64))
    ledger.seal("2026-W47", MONDAY, at(17, 9))
    first = collect(ledger.records, Opening())
    assert [line.file for line in first.evidence] == ["foto/tanpa-laporan_tanpa-unit_2026-11-17_1.jpg"]
    opening, cut = carry(ledger.records), len(ledger.records)
    ledger.report("L-1", head_of_unit("DLH"), at(23, 8), "Lapor.")
    ledger.add(
        f.EvidencePaired(
            report="L-1", event="$photo", kind_of_media="image", mxc="mxc://a/b", how="before", at=at(23, 8)
        )
    )
    ledger.seal("2026-W48", NEXT, at(30, 0))
    (report,) = collect(ledger.records[cut:], opening).reports
    assert [(line.withheld, line.file) for line in report.evidence] == [("earlier", "")]


def test_evidence_that_could_not_be_inspected_is_a_gap() -> None:
    """ "Could not read" is never "empty"."""

    def tell(b: Ledger) -> None:
        b.report("L-1", head_of_unit("DLH"), at(17, 8), "Lapor.")
        b.add(judged("$x", "", report="L-1", verdict="unavailable"))

    (gap,) = week_of(tell).gaps
    assert (gap.what, gap.about, gap.cause) == ("unavailable", "L-1", "unavailable")


def test_a_cancelled_directive_counts_for_no_unit() -> None:
    """A wrong tag that was mended leaves no unit late, and is not carried over."""

    def tell(b: Ledger) -> None:
        b.directive("P-1", "wabup", at(17, 8), "Bagus!", ["DLH"], at(17, 9))
        b.add(f.DirectiveChanged(number="P-1", state="cancelled", by="ahli", cause="$c"))

    week = week_of(tell)
    assert week.directives[0].state == "cancelled"
    assert {line.ordered for line in week.units} == {0}


def test_records_that_are_no_week() -> None:
    """Without a seal, past a seal, or from elsewhere: an error and no summary."""
    ledger = Ledger()
    ledger.message("ahli", at(16, 8), "x", "chatter")
    for records, opening in (
        (ledger.records, Opening()),
        ([*week_records(), *ledger.records], Opening()),
        (week_records(), carry(week_records())),
    ):
        with pytest.raises(NotAWeek):
            collect(records, opening)
    with pytest.raises(NotAWeek):
        carry(ledger.records)


def week_records() -> list[f.Record]:
    ledger = Ledger()
    ledger.seal("2026-W47", MONDAY, NEXT)
    return ledger.records


def test_a_week_that_begins_on_sunday() -> None:
    """A Sunday belongs to the week that it begins, numbered by most of its days."""
    ledger = Ledger()
    ledger.seal("2026-W47", at(15, 0), at(22, 0))
    words = Words.of(collect(ledger.records, Opening()).seal)
    assert words.week_of(at(15, 1)) == words.week_of(at(21, 23)) == "2026-W47"
    assert words.week_of(at(14, 23)) == "2026-W46"
    assert words.week_of(at(22, 0)) == "2026-W48"


def test_names_of_files_are_plain() -> None:
    """Whatever a roster or a sender wrote, a file name has no path, no space, no hidden ending."""
    assert plain("../../etc/passwd") == "etc-passwd"
    assert plain("Dinas Kesehatan & \u202egpj.exe") == "Dinas-Kesehatan-gpj-exe"[:24].strip("-")
    assert plain("県庁") == "x"
    assert (padded("L-7"), padded("L-12345"), padded("7"), padded("../7")) == ("L-0007", "L-12345", "7", "7")
    assert slug("Forum Pimpinan SKPD – Soppeng") == "forum-pimpinan-skpd-soppeng"
    assert slug("県庁") == "forum"


def test_both_languages_say_everything() -> None:
    """No key is missing in a language, and none has other fields than its counterpart."""
    indonesian, english = (Words(language) for language in LANGUAGES)
    assert indonesian.known == english.known
    for key in sorted(indonesian.known - {"readme"}):
        fields = re.findall(r"\{(\w+)\}", indonesian.say(key))
        assert sorted(fields) == sorted(re.findall(r"\{(\w+)\}", english.say(key))), key
    assert not [key for key in english.known if re.search(r"\b(laporan|perintah|pekan|bundel)\b", english.say(key))]


def test_every_code_of_the_model_has_a_word() -> None:
    """A verdict or a kind of trust that is added must be given its words."""
    for language in LANGUAGES:
        words = Words(language)
        for verdict in (*Verdict, "duplicate", "repeated", "unavailable"):
            assert f"verdicts.{verdict}" in words.known
        for trust in Trust:
            assert f"trust.{trust}" in words.known
        for change in (
            f.Adopted,
            f.Asked,
            f.Stage,
            f.Proposal,
            f.LevelsSeen,
            f.RoomChanged,
            f.FileVersion,
            f.Started,
        ):
            assert f"changes.{change.__struct_config__.tag}" in words.known


def test_every_key_that_the_code_says_exists() -> None:
    """No bundle fails for want of a word."""
    room = Path(__file__).parents[2] / "bridge" / "summary"
    used: set[str] = set()
    for path in (*room.glob("*.py"), *room.glob("*.j2")):
        used |= set(re.findall(r"""(?:say|Fault)\(\s*["']([a-z_.]+)["']""", path.read_text(encoding="utf-8")))
    assert len(used) > 50
    known = Words("id").known
    assert {key for key in used if key not in known and f"verify.{key}" not in known} == {"none.", "tables."}


def test_claimed_times_at_the_end_of_time() -> None:
    """A sender's server may claim any time; it is shown, and stops nothing."""
    words = Words("id", "Pacific/Kiritimati")
    assert words.week_of(-(2**62)) == "1970-W01"
    assert words.clock(2**62).endswith("9999 14.00")
    assert Words("id", "Nowhere/Land").zone_name(0) == "UTC"


def muted(ledger: Ledger) -> None:
    """An expert and a deputy muted somebody at level 25 for a day."""
    user = "@kepala5:soppeng.test"
    act = f.Act(
        number="A-5",
        verb="mute",
        room="!forum",
        user=user,
        reason="Mengundang orang luar.",
        rule="command",
        by="ahli",
        office="expert",
        second="wabup",
        until=at(20, 8),
        changes={f"users/{user}": -1},
        undoes="A-2",
        target="$said",
        policy_version=3,
        roster_version=2,
        at=at(19, 8),
        cause="$c",
    )
    ledger.add(act)
    ledger.add(f.ActDone(number="A-5", result="done", before={f"users/{user}": 25}, at=at(19, 8, 1)))


def test_an_act_names_everybody_behind_it_and_what_was_before() -> None:
    """Person, office, second person, until when, which levels from what to what, what it takes back (P3)."""
    week = week_of(muted)
    words = Words.of(week.seal)
    acts = next(one for one in tables(week, words, frozenset()) if one.key == "acts")
    (row,) = acts.rows()
    shown = dict(zip((column.key for column in acts.columns), row, strict=True))
    assert (shown["by"], shown["office"]) == (words.person("ahli"), words.role("expert"))
    assert shown["second"] == words.person("wabup")
    assert shown["until_at"] == words.moment(at(20, 8))
    assert shown["levels"] == "users/@kepala5:soppeng.test: 25 → -1"
    assert (shown["undoes"], shown["target"], shown["cause"]) == ("A-2", "$said", "$c")
