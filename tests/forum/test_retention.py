"""The end of retention: what was announced is done, no more and no earlier, and the record can still be checked."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import pytest

from bridge.forum import keeping
from bridge.forum import retention as rule
from bridge.ledger import bundles, destroying, retention, timers
from bridge.model import facts as f
from bridge.model.effects import Discard, PostBundle, Timer
from bridge.policy.types import Period
from tests.forum.desk import CONTROL
from tests.forum.seasons import KEEP, REPORT, SAID, Seasons, a_settled_week, whole


def test_a_copy_for_readers_goes_with_its_photo(tmp_path: Path) -> None:
    """Of a HEIC photo both files are removed; while the record shows it, both are kept."""
    desk = Seasons(tmp_path)
    a_settled_week(desk)
    verdict = next(fact for fact in desk.facts(f.EvidenceJudged) if fact.sha256)
    assert not verdict.readable_sha256
    desk.say("wabup", "DLH rapikan taman kota hari ini dan laporkan")
    event = desk.photo("dlh-1", caption="Lapor P-2, taman kota sudah rapi")
    desk.judge(event, sha256="d" * 64, mime="image/heic", readable="e" * 64)
    assert desk.report("L-2") == "reported"
    assert destroying.still_shown(desk.store, "d" * 64) and destroying.still_shown(desk.store, "e" * 64)
    desk.days(4)
    desk.say("wabup", "Terima semua P-2")
    desk.days(60)
    removed = {sha256 for discard in desk.effects(Discard) for sha256 in discard.sha256s}
    assert {"d" * 64, "e" * 64} <= removed
    assert not destroying.still_shown(desk.store, "e" * 64)
    whole(desk)


def test_what_was_announced_is_done_and_nothing_earlier(tmp_path: Path) -> None:
    """Photos go after their time, words after theirs, out of every table; numbers and states stay."""
    desk = Seasons(tmp_path)
    order = a_settled_week(desk)
    assert desk.task("P-1", "dlh") == "accepted"
    held = desk.words()
    assert all(word in held for word in (*SAID, "flamboyan"))
    # Sealed on Monday the 23rd; forty days later is the 2nd of January.
    desk.days(40)
    assert desk.facts(f.Destroyed) == []
    desk.days(4)
    (gone,) = desk.facts(f.Destroyed)
    assert (gone.what, gone.keep, gone.kinds, gone.files) == (
        "media", "40d", {"evidence_judged": 1, "evidence_paired": 1}, 1,
    )  # fmt: skip
    sha256 = desk.store.one("SELECT sha256 FROM first_use")
    assert sha256 is not None
    (discard,) = desk.effects(Discard)
    assert (discard.sha256s, discard.weeks) == (sha256, ("2026-W47",))
    assert all(word in desk.words() for word in SAID)
    whole(desk)
    desk.days(20)
    _, messages = (fact for fact in desk.facts(f.Destroyed) if fact.count)
    assert (messages.what, messages.keep, messages.policy_version) == ("messages", "60d", 1)
    assert messages.count == sum(messages.kinds.values()) > 8
    assert not [word for word in (*SAID, "flamboyan") if word in desk.words()]
    assert desk.task("P-1", "dlh") == "accepted" and desk.report("L-1") == "accepted"
    assert desk.label(order) == "directive"
    assert "retention.done" in desk.heard(CONTROL)
    whole(desk)


def test_a_photo_is_known_again_after_it_was_destroyed(tmp_path: Path) -> None:
    """Its hash stays, so that an old photo does not come as new; a file that is shown again is not removed."""
    desk = Seasons(tmp_path)
    desk.say("dlh-1", REPORT)
    first = desk.photo("dlh-1")
    desk.judge(first, sha256="a" * 64)
    desk.react("bupati", first, "👍")
    desk.days(70)
    assert [fact.what for fact in desk.facts(f.Destroyed) if fact.count] == ["media", "messages"]
    desk.say("pupr-1", "Izin melaporkan, drainase di jalan merdeka sudah selesai dibersihkan")
    again = desk.photo("pupr-1")
    desk.judge(again, sha256="a" * 64)
    assert desk.facts(f.EvidenceJudged)[-1].verdict == "duplicate"
    assert desk.report("L-2") == "waiting"


def test_what_is_open_stays_with_everything_it_rests_on(tmp_path: Path) -> None:
    """An order that a unit still owes, and a report that answers it; once it is settled they age anew."""
    desk = Seasons(tmp_path)
    order = desk.say("wabup", "DLH dan PUPR laksanakan kerja bakti melati hari ini paling lambat jam 17.00")
    desk.say("dlh-1", REPORT, reply_to=order)
    desk.photo("dlh-1", judged=True)
    desk.say("citta-1", "Selamat pagi dahlia")
    desk.days(75)
    held = desk.words()
    assert "melati" in held and "kenanga" in held and "dahlia" not in held
    kept = [fact for fact in desk.facts(f.Destroyed) if fact.upto]
    assert kept[0].kept_back and kept[0].count == 0
    assert {fact.number for fact in desk.facts(f.Directive)} == {"P-1"}
    assert desk.effects(Discard)[-1].sha256s == ()
    whole(desk)
    desk.say("wabup", "!cabut P-1")
    desk.days(45)
    assert "melati" in desk.words(), "it was settled a while ago only"
    # The digests that told of it until then age from the end of their own week.
    desk.days(27)
    assert not {"melati", "kenanga"} & set(desk.words().split())
    assert desk.effects(Discard)[-1].sha256s or any(one.sha256s for one in desk.effects(Discard))
    assert desk.store.all("SELECT * FROM kept_back") == []
    whole(desk)


def test_nothing_goes_before_its_bundle_was_handed_over(tmp_path: Path) -> None:
    """A week that nobody has is held, and the control room is told; then it goes."""
    desk = Seasons(tmp_path)
    desk.delivers = False
    desk.say("pupr-1", "Selamat pagi dahlia")
    desk.days(80)
    assert desk.facts(f.Destroyed) == []
    assert "retention.unposted" in desk.heard(CONTROL)
    desk.delivers = True
    desk.days(2)
    assert desk.facts(f.Destroyed) != []
    assert "dahlia" not in desk.words()


def test_bundles_that_were_never_to_be_posted_are_posted(tmp_path: Path) -> None:
    """Weeks from before there was an audit room, or while bundles were not posted, do not block it for good."""
    desk = Seasons(tmp_path, policy="week: {post_bundle: false}\n")
    desk.say("pupr-1", "Selamat pagi dahlia")
    desk.days(80)
    desk.reload(KEEP, 2)
    desk.say("ahli-1", f"!setuju {desk.plan()}", room=CONTROL)
    desk.say("ahli-2", f"!setuju {desk.plan()}", room=CONTROL)
    desk.days(7)
    assert desk.facts(f.Destroyed) == []
    for _ in range(7):
        desk.days(1)
    assert len(desk.effects(PostBundle)) >= 11
    assert "dahlia" not in desk.words()


def test_a_clock_that_ran_ahead_destroys_nothing(tmp_path: Path) -> None:
    """The homeserver dates what we post: without its word nothing is old."""
    desk = Seasons(tmp_path)
    desk.say("pupr-1", "Selamat pagi dahlia")
    desk.days(10)
    desk.echoes = False
    desk.days(80)
    assert desk.facts(f.Destroyed) == []
    assert "retention.clock" in desk.heard(CONTROL)
    desk.echoes = True
    desk.days(2)
    assert "dahlia" not in desk.words()


@pytest.mark.parametrize("stage", ["watch", "enforce"])
def test_a_forum_that_only_watches_destroys_nothing(tmp_path: Path, stage: str) -> None:
    """Nobody was told anything there."""
    desk = Seasons(tmp_path, stage=stage)
    desk.say("pupr-1", "Selamat pagi dahlia")
    desk.days(80)
    assert ("dahlia" in desk.words()) is (stage == "watch")
    assert (desk.facts(f.Keeping) == []) is (stage == "watch")


def test_nothing_is_made_of_what_is_gone(tmp_path: Path) -> None:
    """A late edit, a reaction, a reply and a question about a number meet no words, and no accusation."""
    desk = Seasons(tmp_path)
    order = a_settled_week(desk)
    desk.days(75)
    before = len(desk.facts())
    desk.edit("wabup", order, "DLH laksanakan yang lain")
    desk.react("ahli-1", order, "🚫")
    desk.react("bupati", order, "👎")
    assert len(desk.facts()) == before
    desk.redact("wabup", order)
    assert [type(fact).__name__ for fact in desk.facts(f.Fact)[before:]] == ["Redacted"]
    desk.say("ahli-1", "K-1", room=CONTROL)
    desk.say("ahli-1", "L-1", room=CONTROL)
    assert desk.heard(CONTROL)[-2:] == ["number.destroyed", "number.report_accepted"]
    desk.say("dlh-1", "Mohon arahan pak", reply_to=order)
    whole(desk)


def test_a_week_larger_than_one_look_goes_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece is recorded, and together they are the week."""
    monkeypatch.setattr(retention, "LOOK_LIMIT", 7)
    desk = Seasons(tmp_path)
    for number in range(30):
        desk.say("pupr-1", f"Selamat pagi dahlia {number}")
    desk.days(75)
    pieces = [fact for fact in desk.facts(f.Destroyed) if fact.count]
    assert [fact.count for fact in pieces] == [7, 7, 7, 7, 2]
    assert all(one.upto == other.after for one, other in itertools.pairwise(pieces))
    assert "dahlia" not in desk.words()
    assert [say.values["count"] for say in desk.said(CONTROL) if say.key == "retention.done"] == [30]


def test_a_hold_in_the_middle_of_it_stops_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not gone yet stays."""
    monkeypatch.setattr(retention, "LOOK_LIMIT", 7)
    desk = Seasons(tmp_path)
    for number in range(30):
        desk.say("pupr-1", f"Selamat pagi dahlia {number}")
    desk.days(64)
    now = desk.clock.now()
    about = "1 0 999 999 0 0 0"
    desk.reload(f"{KEEP.replace('}}', '}, hold: true}')}", 2)
    desk.store.begin()
    timers.put(desk.store, "uji", Timer(name="destroy", due=now - 1, kind="destroy", about=about), now)
    desk.store.commit()
    gone = len(desk.facts(f.Destroyed))
    desk.decide()
    assert len(desk.facts(f.Destroyed)) == gone


def test_a_link_that_nobody_used_is_no_bundle_handed_over(tmp_path: Path) -> None:
    """A bundle too large for the homeserver is only offered until its link was used."""
    desk = Seasons(tmp_path)
    desk.say("pupr-1", "Selamat pagi dahlia")
    desk.days(5)
    bundles.offered(desk.store, "uji", "2026-W47")
    desk.days(75)
    assert "dahlia" in desk.words() and "retention.unposted" in desk.heard(CONTROL)
    bundles.fetched(desk.store, "uji", "2026-W47")
    bundles.offered(desk.store, "uji", "2026-W47")
    desk.days(2)
    assert "dahlia" not in desk.words()


def test_thirty_days_are_kept_whatever_anybody_says(tmp_path: Path) -> None:
    """Also by a book that no file could have made."""
    desk = Seasons(tmp_path)
    now = desk.clock.now()
    assert rule.over_before(Period(1, "d"), now, desk.book) == now - 30 * keeping.DAY_MS
    assert rule.over_before(Period(31, "d"), now, desk.book) == now - 31 * keeping.DAY_MS
    assert rule.over_before(Period(), now, desk.book) == 0


def test_a_preview_destroys_nothing(tmp_path: Path) -> None:
    """It is a trial, and what it records is of the same messages."""
    desk = Seasons(tmp_path)
    desk.book = dataclasses.replace(desk.book, preview=True)
    desk.say("pupr-1", "Selamat pagi dahlia")
    desk.days(80)
    assert desk.facts(f.Destroyed) == [] and "dahlia" in desk.words()
