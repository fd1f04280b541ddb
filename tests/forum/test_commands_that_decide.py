"""Commands that change something: orders and reports, stages, people; what one person may, and what needs two."""

from __future__ import annotations

from bridge.model import facts as f
from bridge.model.effects import CancelTimer, Invite, Refresh, Remove, Retract, Timer
from tests.forum.beginnings import HOUR, answer, living, with_order
from tests.forum.house import (
    BOT,
    CONTROL,
    DAY,
    DIRECT,
    FORUM,
    MINUTE,
    NOON,
    House,
    book_of,
    effects,
    facts,
    keys,
    person,
    roster_of,
)

# --- orders and reports ---


def test_a_leader_accepts_all_reports_of_an_order_at_once() -> None:
    """Nobody has to tap forty times; what is not reported stays open."""
    house = with_order(living(), {"unit1": "reported", "unit2": "reported", "unit3": "late"})
    outcome = house.say("@bupati:hs", "!terima semua P-1", FORUM)
    assert [(one.number, one.state, one.by) for one in facts(outcome, f.ReportChanged)] == [
        ("L-1", "accepted", "bupati"),
        ("L-2", "accepted", "bupati"),
    ]
    assert {(one.unit, one.state) for one in facts(outcome, f.Task)} == {
        ("unit1", "accepted"),
        ("unit2", "accepted"),
    }
    assert {CancelTimer("accept:L-1"), CancelTimer("accept:L-2")} <= set(outcome.timers)
    assert [one.card for one in effects(outcome, Refresh)] == ["P-1"]
    assert keys(house.say("@bupati:hs", "!terima semua P-1", FORUM)) == ["accept_all.nothing"]
    assert keys(house.say("@bupati:hs", "!terima semua", FORUM)) == ["accept_all.which"]
    assert keys(house.say("@bupati:hs", "!terima semua P-7", FORUM)) == ["number.no_directive"]


def test_a_doubted_order_is_confirmed() -> None:
    """By an expert in the control room; then it has its card."""
    house = with_order(living(), confirmed=False)
    outcome = house.say("@ahli:hs", "!konfirmasi P-1")
    assert [one.state for one in facts(outcome, f.DirectiveChanged)] == ["confirmed"]
    assert "P-1.card" in [one.ref for one in effects(outcome, Refresh)]
    assert keys(house.say("@ahli:hs", "!konfirmasi P-1")) == ["confirm.not_needed"]


def test_a_due_time_is_changed_and_nobody_is_late_under_the_old_one() -> None:
    """The new time is shown, its reminders set, and late tasks are open again."""
    house = with_order(living(), {"unit3": "late"})
    outcome = house.say("@wabup:hs", "!batas P-1 besok 17.00", FORUM)
    (changed,) = facts(outcome, f.DirectiveChanged)
    assert changed.due == NOON + DAY + 5 * HOUR
    assert [(one.unit, one.state) for one in facts(outcome, f.Task)] == [("unit3", "open")]
    named = {timer.name: timer.due for timer in outcome.timers if isinstance(timer, Timer)}
    assert named["due:P-1"] == NOON + DAY + 5 * HOUR + 30 * MINUTE
    assert "Sabtu, 21 November 2026 17.00 WITA" in answer(outcome)


def test_a_due_time_that_cannot_be_read_or_is_past_changes_nothing() -> None:
    """One sentence says what to write."""
    house = with_order(living())
    unread = house.say("@wabup:hs", "!batas P-1 kapan-kapan", FORUM)
    past = house.say("@wabup:hs", "!batas P-1 1 November 2026 pukul 12.00", FORUM)
    assert (keys(unread), keys(past)) == (["due.unread"], ["due.over"])
    assert unread.facts == past.facts == []


def test_an_order_is_taken_back_by_its_giver_or_an_expert() -> None:
    """Another leader is told who may; afterwards its chip is gone and its tasks end."""
    house = with_order(living())
    assert keys(house.say("@bupati:hs", "!cabut P-1", FORUM)) == ["withdraw.not_yours"]
    outcome = house.say("@wabup:hs", "!cabut P-1", FORUM)
    assert {one.state for one in facts(outcome, f.Task)} == {"cancelled"}
    assert [one.ref for one in effects(outcome, Retract)] == ["P-1.chip"]
    assert keys(house.say("@ahli:hs", "!cabut P-1")) == ["withdraw.already"]


# --- stages ---


def test_a_stage_is_raised_one_step_by_two_people() -> None:
    """Asked by one who moderates, agreed to by another who may approve; never by the same."""
    house = living("watch")
    asked = house.say("@ahli:hs", "!tahap tag")
    (proposal,) = facts(asked, f.Proposal)
    assert (proposal.what, proposal.detail, proposal.needs) == ("stage", "tag", 1)
    assert house.stage == "watch"
    assert keys(house.say("@ahli:hs", f"!setuju {proposal.number}")) == ["proposal.same_person"]
    assert keys(house.say("@kadis1:hs", f"setuju {proposal.number}", DIRECT)) == ["command.no_right"]
    agreed = house.say("@bupati:hs", f"setuju {proposal.number}", DIRECT)
    (stage,) = facts(agreed, f.Stage)
    assert (stage.stage, stage.was, stage.by, stage.second) == ("tag", "watch", "ahli", "bupati")
    assert house.stage == "tag"
    assert keys(house.say("@ahli:hs", f"!setuju {proposal.number}")) == ["proposal.closed"]


def test_no_stage_is_skipped_and_only_moderators_ask() -> None:
    """The sentence says which comes next."""
    house = living("watch")
    assert keys(house.say("@ahli:hs", "!tahap remind")) == ["stage.one_step"]
    assert keys(house.say("@ahli:hs", "!tahap lari")) == ["stage.unknown"]
    assert keys(house.say("@ahli:hs", "!tahap watch")) == ["stage.same"]
    assert keys(house.say("@ahli:hs", "!tahap")) == ["status.stage_watch"]
    assert keys(house.say("@wabup:hs", "tahap tag", DIRECT)) == ["command.no_right"]


def test_a_stage_is_lowered_at_once_by_one_person() -> None:
    """The brake needs nobody else, and any number of steps."""
    house = living("remind")
    outcome = house.say("@ahli:hs", "!tahap watch")
    assert [fact.stage for fact in facts(outcome, f.Stage)] == ["watch"]
    assert house.stage == "watch"


def test_enforce_is_refused_while_anyone_present_is_undecided() -> None:
    """Each is listed, kept or removed first; whoever is kept stays for good."""
    house = living("remind")
    refused = house.say("@ahli:hs", "!tahap enforce")
    assert keys(refused) == ["stage.undecided"]
    assert "@ajudan:hs" in answer(refused)
    kept = house.say("@ahli:hs", "!pertahankan @ajudan:hs")
    assert [(one.what, one.users, one.state) for one in facts(kept, f.Proposal)] == [
        ("keep", ("@ajudan:hs",), "done")
    ]
    asked = house.say("@ahli:hs", "!tahap enforce")
    agreed = house.say("@pakar:hs", f"!setuju {facts(asked, f.Proposal)[0].number}")
    assert house.stage == "enforce"
    assert not effects(agreed, Remove)
    assert not facts(house.reload(), f.Proposal)


def test_enforce_is_refused_while_no_leader_is_in_the_room() -> None:
    """Also when the leader went after it was asked for."""
    house = living("remind")
    house.say("@ahli:hs", "!pertahankan @ajudan:hs")
    asked = house.say("@ahli:hs", "!tahap enforce")
    house.member("@bupati:hs", "leave")
    number = facts(asked, f.Proposal)[0].number
    assert keys(house.say("@pakar:hs", f"!setuju {number}")) == ["stage.no_leader"]
    assert keys(house.say("@pakar:hs", "!tahap enforce")) == ["stage.no_leader"]
    assert house.stage == "remind"


def test_where_one_person_is_alone_an_hour_stands_for_the_second() -> None:
    """Recorded, shown on the card, and to be cancelled until then."""
    house = House(book_of(roster_of([person("ahli", "expert"), person("kadis1", "head", "unit1")])))
    house.fill(["@ahli:hs", "@kadis1:hs"])
    house.first_sight()
    asked = house.say("@ahli:hs", "tahap tag", DIRECT)
    (proposal,) = facts(asked, f.Proposal)
    assert (proposal.needs, proposal.due) == (0, NOON + HOUR)
    assert keys(asked) == ["proposal.in_an_hour"]
    assert house.stage == "watch"
    (over,) = house.due_timers(asked)
    assert house.stage == "tag"
    assert facts(over, f.Stage)[0].second is None


# --- people ---


def test_a_removal_by_command_needs_a_reason_and_a_second_person() -> None:
    """The person reads the reason and whom to ask; a rule does not call them back."""
    house = living()
    assert keys(house.say("@ahli:hs", "!keluarkan @kadis4:hs")) == ["remove.why"]
    asked = house.say("@ahli:hs", "!keluarkan @kadis4:hs pindah ke provinsi")
    (proposal,) = facts(asked, f.Proposal)
    assert (proposal.needs, proposal.by, proposal.detail) == (1, "ahli", "pindah ke provinsi")
    assert not effects(asked, Remove)
    agreed = house.say("@pakar:hs", f"!setuju {proposal.number}")
    (removal,) = effects(agreed, Remove)
    assert removal.user == "@kadis4:hs"
    assert "pindah ke provinsi" in removal.reason
    (act,) = facts(agreed, f.Act)
    assert (act.rule, act.by, act.second) == ("command", "ahli", "pakar")
    assert (act.person, act.policy_version) == ("kadis4", 0)
    house.member("@kadis4:hs", "leave", by=BOT)
    house.record(f.Stage(stage="enforce", was="remind", by="ahli", at=NOON, cause="$"))
    house.now += 2 * DAY
    assert "@kadis4:hs" not in [one.user for one in effects(house.midnight(), Invite)]


def test_a_leader_is_removed_only_by_three_different_persons() -> None:
    """Who asked cannot also be one of the two who agree."""
    house = living()
    number = facts(house.say("@ahli:hs", "!keluarkan @wabup:hs masa jabatan selesai"), f.Proposal)[0].number
    first = house.say("@pakar:hs", f"!setuju {number}")
    assert keys(first) == ["proposal.one_more"]
    assert keys(house.say("@ahli:hs", f"!setuju {number}")) == ["proposal.same_person"]
    assert keys(house.say("@pakar:hs", f"!setuju {number}")) == ["proposal.same_person"]
    assert effects(house.say("@bupati:hs", f"setuju {number}", DIRECT), Remove)


def test_the_bot_is_not_removed_and_nobody_in_watch() -> None:
    """In `watch` nothing is changed, by command neither."""
    assert keys(living().say("@ahli:hs", f"!keluarkan {BOT} coba")) == ["command.not_me"]
    assert keys(living("watch").say("@ahli:hs", "!keluarkan @kadis1:hs coba")) == ["command.only_watching"]


def test_a_person_is_named_by_account_by_local_part_or_by_mention() -> None:
    """As clients write them; a mention's shown name is no part of the reason."""
    house = living()
    house.state("@kadis2:hs", "join", name="Pak Budi")
    by_part = house.say("@ahli:hs", "!keluarkan @kadis1 pindah tugas")
    by_mention = house.say("@ahli:hs", "!keluarkan Pak Budi: pindah tugas", mentions=["@kadis2:hs"])
    assert facts(by_part, f.Proposal)[0].users == ("@kadis1:hs",)
    assert facts(by_mention, f.Proposal)[0].users == ("@kadis2:hs",)
    assert facts(by_mention, f.Proposal)[0].detail == "pindah tugas"
    assert keys(house.say("@ahli:hs", "!keluarkan Budi pindah")) == ["command.whom"]
    assert keys(house.say("@ahli:hs", "!keluarkan @tiada:hs pindah")) == ["remove.not_here"]


def test_the_same_removal_waits_once() -> None:
    """A second command points to the card that is there."""
    house = living()
    house.say("@ahli:hs", "!keluarkan @kadis1:hs pindah tugas")
    assert keys(house.say("@pakar:hs", "!keluarkan @kadis1:hs pindah tugas")) == ["proposal.waits_already"]


def test_an_outsider_is_invited_with_a_second_person_and_a_listed_one_at_once() -> None:
    """The roster is consent enough for those whom it names."""
    house = living()
    house.member("@kadis1:hs", "leave")
    assert effects(house.say("@ahli:hs", "!undang @kadis1:hs"), Invite)
    asked = house.say("@ahli:hs", "!undang @narasumber:kampus.id")
    assert not effects(asked, Invite)
    agreed = house.say("@bupati:hs", f"setuju {facts(asked, f.Proposal)[0].number}", DIRECT)
    assert [one.user for one in effects(agreed, Invite)] == ["@narasumber:kampus.id"]
    assert keys(house.say("@ahli:hs", "!undang @kadis2:hs")) == ["invite.here"]


def test_consent_without_a_number_asks_which() -> None:
    """Or answers the card that it replies to."""
    house = living()
    assert keys(house.say("@pakar:hs", "!setuju")) == ["proposal.nothing_waits"]
    number = facts(house.say("@ahli:hs", "!keluarkan @kadis1:hs pindah tugas"), f.Proposal)[0].number
    assert number in answer(house.say("@pakar:hs", "!setuju"))
    assert keys(house.say("@pakar:hs", "!setuju A-99")) == ["proposal.none"]
    house.store.run(
        "INSERT INTO posted (forum, ref, room, event, at, edited, shown, gone) VALUES ('f',?,?,'$card',0,0,'',0)",
        (f"{number}.proposal", CONTROL),
    )
    agreed = house.say("@pakar:hs", "!setuju", reply_to="$card")
    assert effects(agreed, Remove)


def test_in_the_control_room_the_card_is_the_answer() -> None:
    """No second message says what the card shows; in a direct chat one line does."""
    house = living()
    assert keys(house.say("@ahli:hs", "!keluarkan @kadis1:hs pindah tugas")) == []
    assert keys(house.say("@ahli:hs", "keluarkan @kadis2:hs pindah tugas", DIRECT)) == ["proposal.put"]
