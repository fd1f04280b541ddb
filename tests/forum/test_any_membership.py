"""Whatever people, files and the calendar do in whatever order, a forum comes to hold whom its roster lists.

A state machine plays the room: who is invited may come, who is there may go or be sent away by hand, outsiders
knock or are brought in, offices begin and end, rosters are edited, days pass. What the bridge does reaches the room
at once.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bridge.forum.reconcile import HERE
from bridge.model import facts as f
from bridge.model.clock import moment
from bridge.model.effects import Invite, Remove, Timer
from bridge.model.situation import MemberView, Outcome
from bridge.policy.roster import Roster
from tests.forum.house import (
    BOT,
    CONTROL,
    DAY,
    FORUM,
    MINUTE,
    NOON,
    YEAR,
    House,
    book_of,
    effects,
    facts,
    person,
    roster_of,
)

EXPERTS = ("@ahli:hs", "@pakar:hs")
HEADS = tuple(f"kadis{number}" for number in range(1, 6))
GUESTS = ("tamu1", "tamu2")
OUTSIDERS = ("@luar1:hs", "@luar2:hs")
EVERYBODY = (*(f"@{name}:hs" for name in (*HEADS, *GUESTS)), *OUTSIDERS)
ROUNDS = 12
"""More than any settling needs: each one empties what waits."""

people = st.sampled_from(EVERYBODY)
heads = st.sets(st.sampled_from(HEADS))
guests = st.dictionaries(st.sampled_from(GUESTS), st.integers(-2, 4))


def roster(listed: set[str], until: dict[str, int], now: int) -> Roster:
    """Leader and experts, these heads, and guests who stay for so many days from now."""
    today = moment(now).date()
    return roster_of(
        [
            person("bupati", "leader"),
            person("ahli", "expert"),
            person("pakar", "expert"),
            *(person(name, "head", f"unit{name}") for name in sorted(listed)),
            *(
                person(name, "guest", ends=today + timedelta(days=days), begins=YEAR, sponsor="bupati")
                for name, days in sorted(until.items())
            ),
        ]
    )


class AnyForum(RuleBasedStateMachine):
    """A room of the bridge's own in `enforce`, from its first day on."""

    def __init__(self) -> None:
        super().__init__()
        self.house = House(book_of(roster(set(HEADS), {}, NOON)))
        self.timers: dict[str, Timer] = {}
        self.removed_by_rule: list[str] = []

    @initialize()
    def begin(self) -> None:
        self.house.fill(("@bupati:hs", *EXPERTS))
        self.house.fill(EXPERTS, CONTROL)
        for room in (FORUM, CONTROL):
            self.house.record(
                f.Adopted(room=room, present=(), matched=(), unlisted=(), absent=(), made_by_us=True, at=NOON)
            )
        self.house.record(f.Stage(stage="enforce", was="watch", by="ahli", at=NOON, cause="$"))
        self.done(self.house.reload())

    # What happens

    @rule(user=people)
    def comes(self, user: str) -> None:
        if self.member(user).membership == "invite":
            self.done(self.house.member(user, "join"))

    @rule(user=people)
    def goes(self, user: str) -> None:
        if self.member(user).membership in HERE:
            self.done(self.house.member(user, "leave"))

    @rule(user=people)
    def is_sent_away_by_hand(self, user: str) -> None:
        if self.member(user).membership in HERE:
            self.done(self.house.member(user, "leave", by="@bupati:hs"))

    @rule(user=people)
    def is_brought_in_by_hand(self, user: str) -> None:
        if self.member(user).membership not in (*HERE, "ban"):
            self.done(self.house.member(user, "invite", by="@bupati:hs"))

    @rule(user=people)
    def knocks(self, user: str) -> None:
        if self.member(user).membership not in (*HERE, "ban", "knock"):
            self.done(self.house.member(user, "knock"))

    @rule(listed=heads, until=guests)
    def the_roster_is_edited(self, listed: set[str], until: dict[str, int]) -> None:
        self.done(self.house.reload(roster(listed, until, self.house.now)))

    @rule(minutes=st.integers(1, 90))
    def minutes_pass(self, minutes: int) -> None:
        self.house.now += minutes * MINUTE
        self.fire()

    @rule()
    def a_day_passes(self) -> None:
        self.done(self.house.midnight())
        self.fire()

    @precondition(lambda self: self.house.situation().proposals)
    @rule(data=st.data())
    def somebody_says_no(self, data: st.DataObject) -> None:
        waiting = self.house.situation().proposals
        number = data.draw(st.sampled_from(sorted(proposal.number for proposal in waiting)))
        self.done(self.house.say(EXPERTS[0], f"!batal {number}"))

    # What must hold

    @invariant()
    def nobody_was_removed_who_belongs_here(self) -> None:
        """A rule removes only whom the roster does not list at that moment; never the bot."""
        assert self.removed_by_rule == []

    def teardown(self) -> None:
        """Days without an event, and two people who agree to all that waits: the room is what the roster says."""
        for _ in range(ROUNDS):
            self.house.now += DAY
            self.fire()
            for proposal in self.house.situation().proposals:
                for expert in EXPERTS:
                    self.done(self.house.say(expert, f"!setuju {proposal.number}"))
            self.done(self.house.reload())
            for user in EVERYBODY:
                self.comes(user)
        assert self.house.situation().proposals == ()
        on = moment(self.house.now)
        listed = {user for due in self.house.book.roster.persons_due(on) for user in due.user_ids}
        for user in EVERYBODY:
            member = self.member(user)
            here = member.membership in HERE
            if user in listed:
                assert here or member.left_by_hand, f"{user} is listed and absent"
            elif here:
                assert member.decided, f"{user} is not listed and here"
        self.house.store.rollback()
        self.house.store.close()

    # How the room answers

    def member(self, user: str) -> MemberView:
        members = self.house.situation().members[FORUM]
        return next((member for member in members if member.user == user), MemberView(user, ""))

    def fire(self) -> None:
        """The timers that are due."""
        while due := [timer for timer in self.timers.values() if timer.due <= self.house.now]:
            timer = min(due, key=lambda one: one.due)
            del self.timers[timer.name]
            self.done(self.house.row("timer", f"timer:{timer.name}:{timer.due}", "", timer))

    def done(self, outcome: Outcome) -> None:
        """What the bridge wants done is done, and comes back as an event of the room."""
        for timer in outcome.timers:
            if isinstance(timer, Timer) and timer.kind == "notice":
                self.timers[timer.name] = timer
            elif not isinstance(timer, Timer):
                self.timers.pop(timer.name, None)
        by_rule = {act.user for act in facts(outcome, f.Act) if act.verb == "remove" and act.by.startswith("rule:")}
        for invite in effects(outcome, Invite):
            if self.member(invite.user).membership not in HERE and invite.room == FORUM:
                self.done(self.house.member(invite.user, "invite", by=BOT))
        for removal in effects(outcome, Remove):
            listed = self.house.book.standing(removal.user, self.house.now) is not None
            if removal.user == BOT or (removal.user in by_rule and listed):
                self.removed_by_rule.append(removal.user)
            if self.member(removal.user).membership in (*HERE, "knock") and removal.room == FORUM:
                self.done(self.house.member(removal.user, "leave", by=BOT))


AnyForum.TestCase.settings = settings(max_examples=12, stateful_step_count=30, deadline=None)
TestAnyForum = AnyForum.TestCase


def test_whoever_is_listed_while_they_knock_is_let_in_when_nobody_answers() -> None:
    """A case that the machine found: the answer to an old knock goes by the roster of today."""
    play = AnyForum()
    play.begin()
    play.the_roster_is_edited(set(), {})
    play.goes("@kadis1:hs")
    play.knocks("@kadis1:hs")
    play.the_roster_is_edited({"kadis1"}, {})
    play.a_day_passes()
    play.minutes_pass(90)
    play.a_day_passes()
    assert play.member("@kadis1:hs").membership == "invite"
    play.teardown()
    assert play.removed_by_rule == []
