"""Who hears what, where, from which stage on, and whether it rings: the table, row by row, as the design says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.forum.stages import ORDER
from bridge.lang.hearing import STAGES, HearingError, load_hearing
from bridge.model.effects import Hearing
from tests.lang.said import sayings


def _rows(keys: str, where: str, stage: str, *, rings: bool = False, always: bool = False) -> dict[str, Hearing]:
    return {key: Hearing(where=where, stage=stage, rings=rings, always=always) for key in keys.split()}


EXPECTED: dict[str, Hearing] = {
    # An emergency is heard from `tag` on, and rings in quiet hours, too. So does what is said of a very urgent
    # order, and nothing else.
    **_rows("directive.remind_urgent", "room", "remind", rings=True, always=True),
    **_rows("emergency.ring emergency.passed_on", "room", "tag", rings=True, always=True),
    **_rows("emergency.heard", "private", "tag"),
    # What must ring besides an order to you, which its card rings: a return, the last reminder, a report that does
    # not count.
    **_rows(
        "report.returned report.reopened report.incomplete report.incomplete_document"
        " directive.remind directive.remind_plain directive.revised directive.revised_no_due",
        "room",
        "remind",
        rings=True,
    ),
    # So must an order that is for you after all; that it is not for you any more need not.
    **_rows("directive.now_for", "room", "remind", rings=True),
    # Whoever hears of what is very urgent hears of it at night, too.
    **_rows(
        "directive.now_for_urgent directive.revised_urgent directive.revised_no_due_urgent",
        "room",
        "remind",
        rings=True,
        always=True,
    ),
    **_rows("directive.not_for relay.taken_back", "room", "tag"),
    # Whoever is late is reminded where the order stands; who is to help hears it privately. An order that is more
    # urgent after all rings as an order does, a cancelled one whoever is at work for it.
    **_rows("directive.remind_late directive.now_urgent", "room", "remind", rings=True),
    **_rows("directive.remind_late_urgent directive.now_very_urgent", "room", "remind", rings=True, always=True),
    **_rows("directive.escalated", "private", "remind", rings=True),
    **_rows("directive.escalated_urgent", "private", "remind", rings=True, always=True),
    **_rows("directive.nobody_to_tell", "control", "watch"),
    **_rows("directive.wants_none directive.wants_media", "room", "tag"),
    **_rows("directive.wants_document directive.wants_video", "room", "tag"),
    **_rows("directive.cancelled directive.cancelled_why", "room", "remind", rings=True),
    **_rows("report.returned_why report.why report.incomplete_video", "room", "remind", rings=True),
    **_rows("report.ask_video", "room", "remind"),
    **_rows("number.no_report urgency.which urgency.how urgency.not_yours", "room", "tag"),
    **_rows("urgency.is_ordinary urgency.is_urgent urgency.is_very_urgent", "room", "tag"),
    **_rows("return.which return.own return.not_now return.done", "room", "tag"),
    **_rows("directive.unled", "control", "watch"),
    # Nor does a report count whose proof was refused for good.
    **_rows("evidence.duplicate evidence.duplicate_elsewhere evidence.empty", "room", "remind", rings=True),
    **_rows("evidence.not_media evidence.unsupported evidence.truncated", "room", "remind", rings=True),
    **_rows("evidence.bomb evidence.too_large evidence.too_small evidence.too_short", "room", "remind", rings=True),
    **_rows("evidence.animated evidence.blank", "room", "remind", rings=True),
    **_rows("evidence.duplicate_order evidence.duplicate_own", "room", "remind", rings=True),
    **_rows("evidence.screenshot evidence.dark evidence.small evidence.ai_marked", "room", "remind", rings=True),
    **_rows("evidence.edited evidence.old evidence.future evidence.outside", "room", "remind", rings=True),
    **_rows("evidence.similar evidence.resembling evidence.forwarded", "room", "remind", rings=True),
    **_rows("evidence.document evidence.document_used evidence.locked", "room", "remind", rings=True),
    **_rows("evidence.no_content evidence.macros evidence.aligned", "room", "remind", rings=True),
    **_rows("evidence.view_once evidence.far evidence.seal_broken", "room", "remind", rings=True),
    **_rows("evidence.view_once_loose", "room", "remind"),
    **_rows("looked.declined looked.declined_anytime", "room", "remind", rings=True),
    # That somebody looks at a photo, and that it counts, is read quietly.
    **_rows("looked.ok looked.unchecked", "room", "remind"),
    **_rows("looked.held", "private", "remind"),
    # Whoever asks for another look is answered where they asked.
    **_rows("appeal.opened appeal.waits appeal.once appeal.nothing", "room", "tag"),
    # Who looks at photos is told where the forum is run from.
    **_rows("check.own check.closed check.closed_by check.more check.done check.said", "control", "watch"),
    # Being asked for evidence, or to send once more what we could not fetch or judge, does not ring.
    **_rows("report.ask_evidence report.ask_document report.unknown", "room", "remind"),
    **_rows("evidence.unavailable evidence.timeout evidence.crashed", "room", "remind"),
    # What was not recorded has to be said wherever messages are marked.
    **_rows("refused.clear_text refused.mismatch", "room", "tag"),
    **_rows("correction.no_authority_directive correction.no_authority_decision", "room", "tag"),
    # What is asked privately is answered there; experts hear who asked for help. The morning digest holds nothing
    # that is new, so it does not ring.
    **_rows("assist.title own.no_unit digest.nothing digest.not_yours digest.on digest.off", "private", "tag"),
    **_rows("assist.told", "control", "watch"),
    **_rows("digest.title", "private", "remind"),
    # A message that could not be read: its sender is told privately.
    **_rows("sealed.ask sealed.ask_setting", "private", "remind"),
    **_rows("refused.not_private", "private", "tag"),
    # Which day is meant is asked where the order was given; nothing rings for it.
    **_rows("directive.which_day directive.who_else", "room", "tag"),
    # Doubts about a leader's message, names of the late and trouble with files are for the control room.
    **_rows("doubt.unconfirmed doubt.past doubt.label", "control", "watch"),
    **_rows("directive.late file.rejected file.accepted", "control", "watch"),
    **_rows("membership.shrunken membership.endings", "control", "watch"),
    **_rows("levels.forum levels.control levels.audit levels.group", "control", "watch"),
    **_rows("levels.drifted_forum levels.drifted_group", "control", "watch"),
    **_rows("abuse.reported servers.by_hand servers.drifted servers.refused servers.no_power", "control", "watch"),
    # What was decided may be asked by everybody; that a decision is not theirs to end is heard by its author alone.
    **_rows("decision.none decision.title", "room", "tag"),
    **_rows("decision.not_yours", "private", "tag"),
    # A decision whose message is gone or changed: whoever keeps the record hears it, nobody is rung.
    **_rows("decision.deleted decision.edited", "control", "watch"),
    # A welcome and a hint are for one person; who needs help is for those who run the forum.
    **_rows("catch_up.title", "private", "remind"),
    **_rows("coaching.welcome coaching.welcome_picture coaching.hint_no_photo", "private", "remind"),
    **_rows("coaching.hint_file coaching.hint_number coaching.hint_command", "private", "remind"),
    **_rows("coaching.hint_right coaching.hint_clear_text", "private", "remind"),
    **_rows("coaching.hint_unreadable", "private", "remind"),
    **_rows("coaching.title coaching.nothing", "control", "watch"),
    # Whose name somebody bears is a question for those who run the forum.
    **_rows("likeness.name likeness.title", "control", "watch"),
    # A bot that lost a permission says so where the forum is run from, and that it has it again.
    **_rows("permission.lost_forum permission.lost_control", "control", "watch"),
    **_rows("permission.lost_audit permission.lost_group", "control", "watch"),
    **_rows("permission.back_forum permission.back_control", "control", "watch"),
    **_rows("permission.back_audit permission.back_group", "control", "watch"),
    # Where a room went, and why one was not followed, is heard by those who run the forum; whoever comes into a new
    # room reads there that it goes on. None of it has to be acted on by everybody: nothing rings.
    **_rows("room.followed room.waiting room.forged room.clear room.taken", "control", "watch"),
    **_rows("room.moved_here room.moved_empty", "room", "tag"),
    # Who finds a room locked sees why; whoever locked it from the control room hears it there.
    **_rows("lock.closed lock.closed_until lock.opened", "room", "tag"),
    **_rows("lock.already lock.already_until lock.none lock.over lock.no_power lock.unread", "room", "tag"),
    **_rows("lock.done lock.lifted", "control", "watch"),
    # After a restore the control room hears what was lost.
    **_rows(
        "restore.done restore.new_device rollback.seen bot.removed archive.trouble archive.trouble_over",
        "control",
        "watch",
    ),
    # Answers in the room where they were asked for; in `watch` nothing appears in the forum.
    **_rows("command.unlisted command.no_right command.elsewhere command.near command.unknown", "room", "tag"),
    **_rows("help.short status.nothing_open status.counts", "room", "tag"),
    **_rows("list.empty list.title list.own_empty list.own_title", "room", "tag"),
    **_rows("number.unknown number.no_directive number.elsewhere number.decision", "room", "tag"),
    **_rows("number.directive number.directive_cancelled number.directive_unconfirmed", "room", "tag"),
    **_rows(
        "number.report_waiting number.report_reported number.report_incomplete number.report_held", "room", "tag"
    ),
    **_rows("number.report_accepted number.report_returned number.report_withdrawn", "room", "tag"),
    **_rows("number.report_unknown number.proposal_open", "room", "tag"),
    **_rows("number.proposal_done number.proposal_cancelled number.proposal_expired", "room", "tag"),
    **_rows("accept_all.which accept_all.nothing accept_all.done", "room", "tag"),
    **_rows("confirm.which confirm.not_needed confirm.done", "room", "tag"),
    **_rows("due.which due.unread due.over due.set", "room", "tag"),
    **_rows("withdraw.which withdraw.not_yours withdraw.already withdraw.done", "room", "tag"),
    **_rows("reopen.which reopen.not_yours reopen.why reopen.not_settled reopen.done", "room", "tag"),
    # Answers to those who run the forum, which they need to leave `watch` at all.
    **_rows("help.title", "private", "watch"),
    **_rows("command.whom command.not_me command.only_watching", "control", "watch"),
    **_rows("status.stage_watch status.stage_tag status.stage_remind status.stage_enforce", "control", "watch"),
    **_rows("stage.unknown stage.same stage.one_step stage.no_leader stage.undecided", "control", "watch"),
    **_rows("stage.lowered proposal.closed proposal.same_person proposal.none", "control", "watch"),
    **_rows("proposal.nothing_waits proposal.which proposal.waits_already proposal.put", "control", "watch"),
    **_rows("proposal.closed_by proposal.typed_only", "control", "watch"),
    # A question about a command is asked where the command was given.
    **_rows("prompt.over prompt.none", "room", "tag"),
    **_rows("proposal.in_an_hour proposal.one_more proposal.now_done", "control", "watch"),
    **_rows("proposal.now_cancelled proposal.now_expired", "control", "watch"),
    **_rows("remove.not_here remove.why invite.here invite.done", "control", "watch"),
    **_rows("keep.done keep.with_others", "control", "watch"),
    **_rows("record.announced record.announced_plain record.keeping number.destroyed", "room", "tag"),
    **_rows("retention.done retention.unposted retention.clock", "control", "watch"),
    # Rules on messages speak with the person alone, from `enforce` on, and never ring; talk is moved in its room.
    **_rows("conduct.off_topic", "private", "enforce"),
    **_rows("conduct.flood conduct.edits conduct.quiet_hours conduct.holiday conduct.own", "private", "enforce"),
    **_rows("conduct.words conduct.mentions conduct.room_mention conduct.links", "private", "enforce"),
    **_rows("conduct.files conduct.long conduct.ask_leader", "private", "enforce"),
    **_rows("conduct.control_asked", "control", "watch"),
    **_rows("conduct.digest", "control", "watch"),
    **_rows("move.room move.thread move.number move.which move.already move.where move.nowhere", "room", "tag"),
    # What people ask for beside the roster is asked for and answered where the forum is run from.
    **_rows("grant.how_acting grant.how_delegate grant.how_guest grant.how_replace", "control", "watch"),
    **_rows("grant.unlisted grant.listed grant.no_unit grant.near_unit grant.not_yours", "control", "watch"),
    **_rows("grant.no_unit_of_yours grant.acting_cannot grant.auditor grant.rights", "control", "watch"),
    **_rows("grant.day grant.over grant.taken grant.none grant.ended grant.lent", "control", "watch"),
    **_rows("grants.none grants.title grants.settled office.backdated", "control", "watch"),
    **_rows("replace.not_own replace.taken replace.not_back", "control", "watch"),
    **_rows("command.ended", "room", "tag"),
    # Whom it concerns hears it privately; nobody is shamed, and nobody hears of a removal that no rule may make.
    **_rows(
        "told.acting told.acting_leader told.acting_off told.acting_over told.delegate told.delegate_off",
        "private",
        "tag",
    ),
    **_rows("told.guest_ends told.guest_over told.guest_left told.your_guest_ends", "private", "tag"),
    **_rows("told.replaced told.knock", "private", "tag"),
    **_rows("told.leaving told.leaving_of", "private", "enforce"),
    **_rows("handover.incoming handover.nothing handover.outgoing", "private", "remind"),
    # What is done to people is told to them alone, and answered where it was asked for, from the forum privately.
    **_rows("told.warned told.unwarned told.muted told.unmuted told.redacted", "private", "tag"),
    **_rows("warn.done mute.how_long mute.done unmute.none unmute.done remove.done", "private", "tag"),
    **_rows("ban.done ban.done_until ban.already unban.none unban.done", "private", "tag"),
    **_rows("redact.which redact.done proposal.about_you", "private", "tag"),
    **_rows("undo.which undo.done undo.already undo.never_done undo.again undo.redaction", "private", "tag"),
    **_rows("audit.viewed", "audit", "watch"),
    **_rows("undo.moved why.which why.act history.none history.title", "private", "tag"),
    # Whoever has the floor is to speak now, and is rung; all else about meetings is read by whoever looks.
    **_rows("meeting.floor_given meeting.floor_given_unit", "room", "remind", rings=True),
    **_rows("meeting.floor_closed meeting.floor_open meeting.stands meeting.stood meeting.runs", "room", "tag"),
    **_rows("meeting.closed meeting.end_how meeting.none meeting.none_yet meeting.list", "room", "tag"),
    **_rows("meeting.agenda_how meeting.agenda_set meeting.item meeting.no_item meeting.no_agenda", "room", "tag"),
    **_rows("meeting.queue_empty meeting.floor_back meeting.whom meeting.has_floor meeting.muted", "room", "tag"),
    **_rows("meeting.floor_is_closed meeting.floor_is_open meeting.noted meeting.correct_how", "room", "tag"),
    **_rows("meeting.opened meeting.floor_done meeting.still", "control", "watch"),
}
"""Written from section 5 of the design, not from the file."""

HEARING = load_hearing()

REFUSALS = [
    "evidence.ai_marked",
    "evidence.aligned",
    "evidence.animated",
    "evidence.blank",
    "evidence.bomb",
    "evidence.dark",
    "evidence.document",
    "evidence.document_used",
    "evidence.duplicate",
    "evidence.duplicate_elsewhere",
    "evidence.duplicate_order",
    "evidence.duplicate_own",
    "evidence.edited",
    "evidence.empty",
    "evidence.far",
    "evidence.forwarded",
    "evidence.future",
    "evidence.locked",
    "evidence.macros",
    "evidence.no_content",
    "evidence.not_media",
    "evidence.old",
    "evidence.outside",
    "evidence.resembling",
    "evidence.screenshot",
    "evidence.seal_broken",
    "evidence.similar",
    "evidence.small",
    "evidence.too_large",
    "evidence.too_short",
    "evidence.too_small",
    "evidence.truncated",
    "evidence.unsupported",
    "evidence.view_once",
]
"""Said of a file that can never count."""


@pytest.mark.parametrize("key", sorted(EXPECTED))
def test_a_row_says_what_the_design_says(key: str) -> None:
    """Who hears it, where, from which stage on, and whether it rings."""
    assert HEARING.get(key) == EXPECTED[key]


def test_everything_that_is_said_has_a_row_and_no_row_is_left_over() -> None:
    """A text without a row would stop the rule that says it."""
    spoken = {one.key for one in sayings() if not one.line}
    assert sorted(spoken - HEARING.keys()) == []
    assert sorted(HEARING.keys() - spoken) == []
    assert sorted(HEARING.keys() - EXPECTED.keys()) == []


def test_few_texts_ring_and_one_of_them_at_night() -> None:
    """Whatever is added rings only when somebody has decided that here."""
    assert sorted(key for key, row in HEARING.items() if row.rings) == [
        "directive.cancelled",
        "directive.cancelled_why",
        "directive.escalated",
        "directive.escalated_urgent",
        "directive.now_for",
        "directive.now_for_urgent",
        "directive.now_urgent",
        "directive.now_very_urgent",
        "directive.remind",
        "directive.remind_late",
        "directive.remind_late_urgent",
        "directive.remind_plain",
        "directive.remind_urgent",
        "directive.revised",
        "directive.revised_no_due",
        "directive.revised_no_due_urgent",
        "directive.revised_urgent",
        "emergency.passed_on",
        "emergency.ring",
        *REFUSALS,
        "looked.declined",
        "looked.declined_anytime",
        "meeting.floor_given",
        "meeting.floor_given_unit",
        "report.incomplete",
        "report.incomplete_document",
        "report.incomplete_video",
        "report.reopened",
        "report.returned",
        "report.returned_why",
        "report.why",
    ]
    assert [key for key, row in HEARING.items() if row.always] == [
        "directive.remind_urgent",
        "directive.remind_late_urgent",
        "directive.escalated_urgent",
        "directive.now_very_urgent",
        "directive.revised_urgent",
        "directive.revised_no_due_urgent",
        "directive.now_for_urgent",
        "emergency.ring",
        "emergency.passed_on",
    ]


def test_nothing_but_an_emergency_rings_before_people_are_reminded() -> None:
    """In `watch` and `tag` a forum stays as quiet as it was."""
    early = [key for key, row in HEARING.items() if row.rings and ORDER.index(row.stage) < ORDER.index("remind")]
    assert early == ["emergency.ring", "emergency.passed_on"]


def test_in_watch_nothing_of_its_own_accord_reaches_the_forum() -> None:
    """Rows for the forum's rooms begin at `tag` or later."""
    assert [key for key, row in HEARING.items() if row.where == "room" and row.stage == "watch"] == []


def test_the_stages_of_the_table_are_those_of_the_rules() -> None:
    """A stage that the rules do not know would stop them."""
    assert STAGES == ORDER


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a.b: {where: everywhere, stage: tag}\n", "line 1: a.b: where is room, control, audit, private"),
        ("a.b: {where: room, stage: later}\n", "stage is watch, tag, remind, enforce, not 'later'"),
        ("a.b: {where: room}\n", "missing required field `stage`"),
        ("a.b: {where: room, stage: tag, loud: true}\n", "unknown field `loud`"),
        ("a.b: {where: room, stage: tag, rings: perhaps}\n", "Expected `bool`"),
        ("a.b: {where: room, stage: tag, always: true}\n", "what does not ring cannot ring always"),
        ("a.b: {where: control, stage: tag}\n", "the control room hears everything"),
        ("x: {where: room, stage: tag}\na.b: room\n", "line 2: a.b: a row is written"),
        ("a.b: {where: room, stage: tag}\na.b: {where: room, stage: tag}\n", "line 2: a.b stands there twice"),
        ("- a\n", "holds keys of texts"),
        ("a: [\n", "cannot be read"),
    ],
)
def test_a_broken_table_is_refused_with_its_fault(tmp_path: Path, content: str, fault: str) -> None:
    """One line per fault, with the line of the file."""
    file = tmp_path / "hearing.yaml"
    file.write_text(content)
    with pytest.raises(HearingError) as raised:
        load_hearing(file)
    assert fault in str(raised.value)


def test_all_faults_of_the_table_are_said_at_once(tmp_path: Path) -> None:
    """Whoever edits the table mends it in one go."""
    file = tmp_path / "hearing.yaml"
    file.write_text("a: {where: x, stage: tag}\nb: {where: room, stage: tag}\nc: {where: room, stage: x}\n")
    with pytest.raises(HearingError) as raised:
        load_hearing(file)
    assert [line.split(":")[1].strip() for line in str(raised.value).splitlines()] == ["a", "c"]


def test_a_missing_table_is_one_clear_error(tmp_path: Path) -> None:
    """No traceback of an operating system."""
    with pytest.raises(HearingError, match="cannot be read"):
        load_hearing(tmp_path / "hearing.yaml")
