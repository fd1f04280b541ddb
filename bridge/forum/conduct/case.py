"""One message before the rules: whose it is, when it was sent, and what is remembered of that person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import quote

from bridge.forum.acts import Series
from bridge.forum.authority import untouchable
from bridge.forum.book import Book
from bridge.forum.item import Taken
from bridge.model import facts as f
from bridge.model.clock import believed, milliseconds, moment, ms
from bridge.model.effects import Timer
from bridge.model.situation import ConductView, Outcome
from bridge.policy.roster import Standing

DIGEST = "conduct_digest"


@dataclass(frozen=True, slots=True)
class Case:
    """A message that meets a rule. Times are milliseconds since the Unix epoch."""

    event: str
    room: str
    user: str
    standing: Standing | None
    person: str
    """Person id, or the account of somebody whom the roster does not know."""
    sent_at: int
    view: ConductView
    book: Book
    series: Series
    now: int
    acts: bool = True
    """The stage lets rules act."""

    @property
    def late(self) -> bool:
        """Too old to be acted on: it is listed for the control room."""
        return self.now - self.sent_at > ms(self.book.policy.conduct.backlog)

    @property
    def spared(self) -> bool:
        """No rule acts on leaders, deputies, auditors and the bot, nor on somebody with whom nobody can speak."""
        return self.standing is None or untouchable(self.user, self.book, self.now)

    @property
    def name(self) -> str:
        """Whom the control room reads."""
        return self.standing.person.name if self.standing is not None else self.person

    @property
    def accounts(self) -> tuple[str, ...]:
        """The person's accounts in force, and the one that was used."""
        known = self.book.roster.user_ids(self.person, moment(self.now)) if self.standing is not None else ()
        return tuple(dict.fromkeys((self.user, *known)))

    def noted(
        self, rule: str, about: str, step: str, *, by: str = "", act: str = "", attested: bool = False
    ) -> Outcome:
        """Record what came of it, and let the control room read of it in the morning."""
        fact = f.Conduct(
            event=self.event,
            room=self.room,
            person=self.person,
            rule=rule,
            about=about,
            step=step,
            by=by or f"rule:conduct.{about}",
            act=act,
            attested=attested,
            sent_at=self.sent_at,
            at=self.now,
        )
        return Outcome(facts=[fact], timers=[digest_timer(self.now, self.book)])


def sent(taken: Taken, book: Book) -> int:
    """When a message was sent. In a rehearsal, whose clock is not the homeserver's: when it was received."""
    return taken.at if book.rehearsal else believed(taken.event.origin_ts, taken.at)


def digest_timer(now: int, book: Book) -> Timer:
    """When the control room reads what the rules saw until now. One that is overdue comes first."""
    due = next_time(now, book.policy.conduct.digest, book)
    return Timer(name="conduct:digest", due=due, kind=DIGEST, keep=True)


def next_time(after: int, clock: time, book: Book) -> int:
    """The next moment at which the forum's clocks show a time of day."""
    local = book.local(after)
    when = datetime.combine(local.date(), clock, book.policy.forum.zone)
    if milliseconds(when) <= after:
        when = datetime.combine(local.date() + timedelta(days=1), clock, book.policy.forum.zone)
    return milliseconds(when)


def permalink(room: str, event: str, book: Book) -> str:
    """The address of a message, as clients open it (Matrix specification, appendix "matrix.to navigation")."""
    server = book.bot.partition(":")[2]
    return f"https://matrix.to/#/{quote(room, safe='!:')}/{quote(event, safe='$:')}?via={quote(server, safe=':.')}"
