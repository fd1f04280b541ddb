"""Gather: the only reading that rules cause. Each need is a fixed number of indexed, bounded statements, so that an
event costs the same at a thousand rows and at a million.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from bridge.ledger import (
    acts,
    checks,
    coaching,
    conduct,
    consents,
    decisions,
    entrances,
    grants,
    levels,
    meetings,
    members,
    mornings,
    origins,
    outbox,
    overview,
    pictures,
    prompts,
    reading,
    retention,
    rooms,
    servers,
    steps,
    waiting,
    work,
)
from bridge.ledger.record import Recorder
from bridge.ledger.store import Store
from bridge.ledger.subjects import author_of, file_of, subject_of
from bridge.model.situation import (
    ActView,
    CheckView,
    DirectiveView,
    LikenessNeed,
    LikenessView,
    MemberView,
    Needs,
    ProposalView,
    ReportView,
    RoomLevels,
    RoomView,
    Situation,
    Subject,
)


def gather(recorder: Recorder, forum: str, room: str, needs: Needs) -> Situation:
    """Answer a rule's needs, through the writing connection, inside the transaction that decides."""
    store = recorder.store
    subject = next((s for e in needs.answers if (s := subject_of(store, forum, e)) is not None), None)
    number = needs.number or (subject.number if subject else None)
    if needs.report_of_media is not None:
        row = store.one("SELECT report FROM media WHERE event = ? AND place = ?", needs.report_of_media)
        number = row[0] if row else None
    found: dict[str, object] = {}
    if number is not None:
        found["directive"] = directive = work.directive_view(store, forum, number)
        found["report"] = report = None if directive else work.report_view(store, forum, number)
        if report is not None and report.directive:
            found["directive"] = work.directive_view(store, forum, report.directive)
        if directive is None and report is None:
            found["proposal"] = waiting.proposal_view(store, forum, number)
            found["act"] = acts.act_view(store, forum, number)
            asked_for = found["proposal"]
            if isinstance(asked_for, ProposalView):
                found |= acts.behind(store, forum, asked_for)
            if isinstance(asked_for, ProposalView) and asked_for.what == "account":
                # Whose old account was muted at once, and may speak again if people say no.
                found["acts"] = tuple(
                    act for user in asked_for.users for act in acts.lasting(store, forum, "mute", user)
                )
            found["decision"] = decisions.view(store, forum, number)
    if needs.decisions:
        found["decisions"] = decisions.named(store, forum, needs.decisions)
    elif needs.decided is not None:
        found["decisions"] = decisions.between(store, forum, *needs.decided)
    elif needs.newest_decisions:
        found["decisions"] = decisions.newest(store, forum)
    if needs.person is not None:
        found["reports"] = work.recent_reports(store, forum, needs.person, needs.since, needs.units)
        found["loose"] = work.loose_media(store, forum, needs.person, needs.since)
    if needs.origin and subject is not None and not subject.ref:
        found["origin"] = origins.origin_of(store, forum, subject, needs.origin)
        found["reports"], found["loose"] = origins.around(store, forum, subject)
    units = needs.units
    if needs.units_of_author:
        units = (subject.unit,) if subject is not None and subject.unit else ()
    if units:
        found["tasks"] = work.open_tasks(store, forum, units)
    if needs.cause is not None:
        found["tasks"] = work.tasks_by_cause(store, forum, needs.cause)
        moved = work.report_by_cause(store, forum, needs.cause)
        if moved is not None:
            found["report"] = moved
    place = recorder.place(room)
    if needs.told_in_direct is not None and place.view.kind == "direct":
        what, person, since = needs.told_in_direct
        found["asked"] = asked(store, forum, what, since, person)
    elif needs.asked_since is not None:
        found["asked"] = asked(store, forum, *needs.asked_since, needs.asked_person)
    if needs.came_along is not None:
        found["came_along"] = rooms.came_along(store, *needs.came_along)
    if needs.predecessor_of is not None:
        found["replaces_another"] = rooms.replaces_another(store, needs.predecessor_of)
    if needs.part is not None:
        found["part"] = reading.view(recorder, forum, needs.part, last_week(store, forum)[1])
    if needs.struggles_since is not None:
        found["struggles"] = coaching.struggles(recorder, forum, needs.struggles_since)
    if needs.media_of_subject and subject is not None and subject.media:
        found["media"] = work.media_of(store, forum, subject.event)
        found["file_of_subject"] = file_of(store, subject.event)
    found |= consents.found(recorder, forum, room, needs, subject, found.get("proposal"))
    if needs.media_of is not None:
        own = work.media_of(store, forum, needs.media_of)
        mended = found.get("report") if needs.origin else None
        if isinstance(mended, ReportView) and mended.event == needs.media_of:
            own = (*own, *origins.others_of(store, forum, mended))
        found["media"] = own
    if needs.author_of is not None:
        found["author"] = author_of(store, needs.author_of)
    if needs.sha256 is not None:
        found["first_use"] = work.first_use(store, forum, needs.sha256)
        found["uses"] = checks.uses(store, forum, needs.sha256)
    if needs.pictures:
        found["alike"] = pictures.alike(store, forum, needs.pictures, needs.report_of_media)
    found |= _checks(store, forum, needs, subject, number, found)
    if needs.week or needs.last_seen or needs.overview is not None or needs.morning:
        # These are read from the facts.
        recorder.flush()
    if needs.week:
        found["last_week"], found["last_cut"] = last_week(store, forum)
        found["open_gaps"] = tuple(
            r[0]
            for r in store.all(
                "SELECT id FROM gap WHERE forum = ? AND state = 'open' ORDER BY opened, id", (forum,)
            )
        )
    if needs.last_seen:
        row = store.one("SELECT at FROM fact WHERE forum = ? ORDER BY position DESC LIMIT 1", (forum,))
        found["last_seen"] = row[0] if row else None
    if needs.members or needs.members_here or needs.accounts is not None or needs.of_proposal:
        found |= _people(store, forum, place.view, needs, subject, number)
    if needs.reports_since:
        found["recorded"] = {who: grants.reports_of(store, forum, who, at) for who, at in needs.reports_since}
    if needs.likeness is not None:
        found["likeness"] = likeness(store, forum, room, needs.likeness)
    if needs.wave is not None:
        found["wave"] = entrances.wave(store, forum, needs.wave)
    if needs.levels_of and "levels" not in found:
        views = [view for view in rooms.rooms_of(store, forum) if view.room_id in needs.levels_of]
        found["levels"] = _levels(store, forum, views)
    if needs.held:
        found["held"] = tuple(getattr(effect, "act", "") for effect in outbox.held(store, forum))
    if needs.adoptions and "adoptions" not in found:
        found["adoptions"] = rooms.adoptions(store, forum)
    if needs.waiting and not needs.members:
        found["proposals"] = waiting.open_proposals(store, forum)
    if needs.done_together and isinstance(act := found.get("act"), ActView):
        found["acts"] = done = acts.together(store, forum, act)
        concerned = {one.fact.room: one.fact.user for one in done if one.fact.user}
        found.setdefault("members", {r: members.accounts(store, r, (user,)) for r, user in concerned.items()})
        about = (subject_of(store, forum, event) for event in (act.fact.target, act.fact.cause))
        subject = subject or next(filter(None, about), None)
    elif needs.lasting:
        found["acts"] = acts.all_lasting(store, forum, needs.lasting)
    elif needs.acts_of_account is not None:
        found["acts"] = acts.of_account(store, forum, needs.acts_of_account)
    elif needs.acts_of is not None:
        found["acts"] = acts.of_person(store, forum, needs.acts_of)
    elif needs.acts_from is not None:
        found["acts"] = acts.from_event(store, forum, needs.acts_from)
    elif needs.standing_acts is not None:
        found["acts"] = acts.lasting(store, forum, *needs.standing_acts)
    elif needs.newest_acts:
        found["acts"] = acts.newest(store, forum)
    if subject is not None and subject.ref.startswith("prompt:"):
        found["prompt"] = prompts.of_command(recorder, forum, subject.ref.removeprefix("prompt:"))
    elif needs.prompt_of is not None:
        found["prompt"] = prompts.waiting(recorder, forum, needs.prompt_of, room)
    if needs.lately:
        found["lately"] = prompts.people_lately(recorder, forum)
    if needs.keeping is not None:
        recorder.flush()
        found["keeping"] = msgspec.structs.replace(
            retention.view(store, forum, needs.keeping), proposal=waiting.newest_proposal(store, forum, "retention")
        )
        found["proposals"] = waiting.open_proposals(store, forum)
    if needs.conduct is not None and place.view.kind in ("forum", "group"):
        found["conduct"] = conduct.view(store, forum, room, needs.conduct, subject)
    if needs.seen_since is not None:
        found["seen"] = conduct.seen(store, forum, needs.seen_since)
    if needs.aging is not None:
        found["aged"] = retention.aged(store, forum, needs.aging)
    if needs.overview is not None:
        found["overview"] = overview.overview(store, forum, needs.overview)
        found["rooms"] = rooms.standings(store, forum)
    if needs.in_meeting and place.meeting:
        found["meeting"] = meetings.view(store, forum, place.meeting, "running")
    elif needs.meeting is not None:
        found["meeting"] = meetings.view(store, forum, needs.meeting, "minutes")
    elif subject is not None and ".queue-" in subject.ref:
        found |= _of_queue(store, forum, subject.number or "")
    if needs.meetings:
        found["meetings"] = meetings.listed(store, forum)
    if needs.morning:
        found["morning"] = mornings.view(store, forum)
    if needs.steps and isinstance(ordered := found.get("directive"), DirectiveView):
        found["steps"] = steps.of(store, forum, ordered.number)
    if needs.lists:
        found["directives"] = work.open_directives(store, forum)
        found["rooms"] = rooms.standings(store, forum)
        if not needs.members:
            found["proposals"] = waiting.open_proposals(store, forum)
    return Situation(
        room=place.view,
        forum=forum,
        stage=recorder.stage(forum),
        numbers={series: value + 1 for series, value in recorder.counters(forum).items()},
        subject=subject,
        adopted=place.adopted,
        made_by_us=place.made_by_us,
        **found,  # type: ignore[arg-type]
    )


def _of_queue(store: Store, forum: str, number: str) -> dict[str, object]:
    """What giving the floor from the card of a queue rests on: the meeting, and the levels of its room."""
    meeting = meetings.view(store, forum, number, "running")
    if meeting is None:
        return {}
    views = [view for view in rooms.rooms_of(store, forum) if view.room_id == meeting.room]
    return {"meeting": meeting, "levels": _levels(store, forum, views)}


def _checks(
    store: Store,
    forum: str,
    needs: Needs,
    subject: Subject | None,
    number: str | None,
    known: Mapping[str, object],
) -> dict[str, object]:
    """What people look at, or are asked to look at, of photos and videos; ``known`` is what was found before."""
    found: dict[str, object] = {}
    check = None
    if needs.check_by is not None:
        found["checks_settled"] = done = checks.settled_by(store, forum, needs.check_by)
        check = next(iter(done), None)
    elif needs.check is not None or (needs.of_proposal and number is not None):
        check = checks.check_view(store, forum, needs.check or number or "")
    if check is not None:
        found["check"] = check
        found["report"] = report = work.report_view(store, forum, check.report)
        if report is not None and report.directive:
            found["directive"] = work.directive_view(store, forum, report.directive)
        media = work.media_of(store, forum, check.event)
        replaced = next((one.replaces for one in media if one.replaces), "")
        found["media"] = (*media, *(work.media_of(store, forum, replaced) if replaced else ()))
    found["checks"] = _waiting_checks(store, forum, needs, {**known, **found})
    if needs.unshown:
        found["unshown"] = checks.unshown(store, forum, needs.unshown)
    if needs.sent_by is not None:
        person, since = needs.sent_by
        event = subject.event if subject is not None and not subject.ref and subject.media else None
        found["sent"] = checks.checked(store, forum, person=person, since=since, event=event, report=number)
    return found


def _waiting_checks(store: Store, forum: str, needs: Needs, known: Mapping[str, object]) -> tuple[CheckView, ...]:
    """What waits for a verifier of the report or the order in question, and of a message."""
    report, directive = known.get("report"), known.get("directive")
    waiting: list[CheckView] = []
    if isinstance(report, ReportView) and report.checks:
        waiting += checks.open_of_report(store, forum, report.number)
    if needs.checks_under and isinstance(directive, DirectiveView):
        waiting += checks.open_under(store, forum, directive.number)
    if needs.checks_of is not None:
        waiting += checks.open_of(store, needs.checks_of)
    return tuple({check.number: check for check in waiting}.values())


def _people(
    store: Store, forum: str, here: RoomView, needs: Needs, subject: Subject | None, number: str | None
) -> dict[str, object]:
    """The members that a row concerns: those it names, those of the proposal it names, its room's, or all."""
    named = waiting.proposal_view(store, forum, number) if needs.of_proposal and number is not None else None
    found: dict[str, object] = {"adoptions": rooms.adoptions(store, forum)}
    of_all = needs.members or (named is not None and named.what in ("stage", "wave"))
    if of_all or needs.members_here:
        views = rooms.rooms_of(store, forum) if of_all else (here,)
        found["members"] = {view.room_id: rooms.member_views(store, view.room_id) for view in views}
        found["levels"] = _levels(store, forum, views)
        found["servers"] = servers.of_rooms(store, forum, views)
        found["proposals"] = waiting.open_proposals(store, forum)
        if named is not None and named.what == "wave" and named.detail.isdecimal():
            found["came"] = entrances.users(store, forum, named.room, int(named.detail))
        return found
    users = needs.accounts or ()
    if subject is not None and subject.sender:
        users = (*users, subject.sender)
    about = (named,) if named is not None else waiting.proposals_about(store, forum, users)
    found["proposals"] = about
    # Where nothing waits in a single room, which is nearly always, all rooms are asked about the same accounts.
    everywhere = members.rooms_of(store, forum)
    alike: dict[tuple[str, ...], list[str]] = {}
    for room in everywhere:
        whom = (*users, *(user for one in about if _is_about(one, room) for user in one.users))
        alike.setdefault(whom, []).append(room)
    known: dict[str, tuple[MemberView, ...]] = {}
    for whom, where in alike.items():
        known |= members.accounts_in(store, where, whom)
    found["members"] = {room: known[room] for room in everywhere}
    return found


def _is_about(proposal: ProposalView, room: str) -> bool:
    """Whether a proposal's accounts matter in a room: what is asked for a person holds in all of them."""
    return proposal.room == room or proposal.what in ("account", "guest")


def likeness(store: Store, forum: str, room: str, need: LikenessNeed) -> LikenessView:
    """Whether the control room was told of a name, or of so many that it is enough; else whose it may be like."""
    told = store.one("SELECT 1 FROM asked WHERE forum = ? AND what = 'likeness' AND about = ?", (forum, need.about))
    if told is not None or asked(store, forum, "likeness", need.since, None) >= need.enough:
        return LikenessView(told=told is not None, full=told is None)
    return LikenessView(shown=members.names(store, room, need.accounts))


def _levels(store: Store, forum: str, views: Sequence[RoomView]) -> dict[str, RoomLevels]:
    """The power levels of rooms whose state was read."""
    read = ((view.room_id, levels.room_levels(store, forum, view)) for view in views)
    return {room: found for room, found in read if found is not None}


def asked(store: Store, forum: str, what: str, since: int, person: str | None) -> int:
    """How many questions of a kind were asked since a time, of everybody or of one person; at most 100."""
    whose = "" if person is None else " AND person = ?"
    return store.count(
        "SELECT COUNT(*) FROM (SELECT 1 FROM asked WHERE forum = ? AND what = ? AND at >= ?"
        f"{whose} LIMIT 100) AS a",
        (forum, what, since, *(() if person is None else (person,))),
    )


def last_week(store: Store, forum: str) -> tuple[str, int]:
    """(name, position of the cut) of the week sealed last; an empty name and 0 before the first."""
    row = store.one(
        "SELECT body, position FROM fact WHERE forum = ? AND kind = 'week_sealed' ORDER BY position DESC LIMIT 1",
        (forum,),
    )
    if row is None:
        return "", 0
    week = msgspec.json.decode(bytes(row[0])).get("week", "") if row[0] is not None else ""
    return week, row[1]
