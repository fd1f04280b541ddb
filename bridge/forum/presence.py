"""Who is in a living room against who is listed, as the control room is told of it: kept, and changed by one member
at a time, since comparing thousands of names costs seconds."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import msgspec

from bridge.model.clock import moment
from bridge.model.situation import MemberView
from bridge.policy.roster import Roster, plain
from bridge.policy.spellings import Spellings

ALIKE = 0.85
"""How like two accounts are, from 0 to 1, when one is probably the other misspelt."""

NAMED = 40
"""Names of the unlisted on the card, with whom they are like; more would not be read, and are counted."""


class Unlisted(msgspec.Struct, frozen=True):
    """Somebody present whom the roster does not have."""

    user: str
    name: str = ""
    nearest: tuple[str, ...] = ()
    """Names of the roster's persons nearest to the name or account, best first, at most three."""


class Misspelt(msgspec.Struct, frozen=True):
    """An account of the roster that nobody has here, and one that somebody has, which it probably means."""

    person: str
    listed: str
    present: str


class AdoptionView(msgspec.Struct, frozen=True, kw_only=True):
    """What the control room is told of a living room."""

    present: int
    """People joined, without the bot."""
    matched: int
    unlisted: int
    named: tuple[Unlisted, ...]
    """The first of the unlisted, by account."""
    absent: tuple[str, ...]
    """Names of the roster's persons who are not in the room."""
    misspelt: tuple[Misspelt, ...]
    leader: bool
    """A leader of the roster is among those present."""


class Presence:
    """The members of a room compared with a roster, as it is at one instant ``at`` (ms)."""

    def __init__(self, members: Iterable[MemberView], roster: Roster, bot: str, at: int) -> None:
        on = moment(at)
        self._roster = roster
        self._bot = bot
        self._due = roster.persons_due(on)
        self._listed = roster.accounts_due(on)
        self._here: dict[str, str] = {}
        """Listed accounts that are here, and whose they are."""
        self._strangers: dict[str, str] = {}
        """The others who are here, and the name that they show."""
        self._nearest: dict[tuple[str, str], tuple[str, ...]] = {}
        self._alike: dict[str, tuple[str, ...]] = {}
        for member in members:
            self.see(member)

    def see(self, member: MemberView) -> None:
        """Somebody is in the room or out of it now, perhaps under another name."""
        user = member.user
        self._here.pop(user, None)
        self._strangers.pop(user, None)
        if member.membership != "join" or user == self._bot:
            return
        standing = self._listed.get(user)
        if standing is not None:
            self._here[user] = standing.person.id
        else:
            self._strangers[user] = member.name

    def view(self) -> AdoptionView:
        """The comparison as it is now."""
        persons = set(self._here.values())
        absent = [due for due in self._due if due.standing.person.id not in persons]
        named = sorted(self._strangers)[:NAMED]
        slips: dict[str, list[str]] = {}
        for user in named:
            for listed in self._like(user):
                slips.setdefault(listed, []).append(user)
        return AdoptionView(
            present=len(self._here) + len(self._strangers),
            matched=len(self._here),
            unlisted=len(self._strangers),
            named=tuple(Unlisted(user, self._strangers[user], self._near(user)) for user in named),
            absent=tuple(due.standing.person.name for due in absent),
            misspelt=tuple(
                Misspelt(due.standing.person.name, listed, user)
                for due in absent
                for listed in due.user_ids
                for user in slips.get(listed, ())
            ),
            leader=any("leader" in self._listed[user].roles for user in self._here),
        )

    def _near(self, user: str) -> tuple[str, ...]:
        name = self._strangers[user]
        found = self._nearest.get((user, name))
        if found is None:
            persons = [*self._roster.find_person(name), *self._roster.find_person(user)] if name else []
            persons = persons or list(self._roster.find_person(user))
            found = tuple(dict.fromkeys(person.name for person in persons))[:3]
            self._nearest[user, name] = found
        return found

    def _like(self, user: str) -> tuple[str, ...]:
        """The listed accounts from which this one differs as a slip of the pen does: most of the name, or only the
        server."""
        found = self._alike.get(user)
        if found is None:
            accounts, spellings = self._accounts
            found = tuple(accounts[position] for position in spellings.alike(_local(user), ALIKE))
            self._alike[user] = found
        return found

    @cached_property
    def _accounts(self) -> tuple[tuple[str, ...], Spellings]:
        """The listed accounts, and what stands before their server."""
        accounts = tuple(user for due in self._due for user in due.user_ids)
        return accounts, Spellings((_local(user),) for user in accounts)


def _local(user: str) -> str:
    return plain(user.partition(":")[0])
