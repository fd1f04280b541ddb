"""Whom a command means: the person it mentions, or names by account or id, or whose message it answers."""

from __future__ import annotations

from bridge.forum.book import Book
from bridge.forum.command import Command
from bridge.forum.item import Taken
from bridge.forum.spoken import read
from bridge.model.clock import moment
from bridge.model.situation import MemberView, Needs, Situation
from bridge.policy.roster import Person, Standing

MENTIONED = 10
"""Mentions that are looked at: whoever names more means nobody in particular."""


def needs(command: Command, standing: Standing, taken: Taken, book: Book) -> Needs:
    """Who is meant and what lasts of what was done to them; for heads also who else of their unit is here."""
    spoken, now = read(taken.event), taken.at
    words = [word.rstrip(",:;") for word in command.rest.split()[:MENTIONED] if word.startswith("@")]
    named = [*spoken.mentions[:MENTIONED], *words]
    people = [person for user in named if (person := book.roster.person_of(user, moment(now)))]
    others = [user for person in people for user in book.roster.user_ids(person.id, moment(now))]
    units = {unit.id for unit in standing.units}
    colleagues = [
        user
        for due in book.roster.persons_due(moment(now))
        if units & {unit.id for unit in due.standing.units}
        for user in due.user_ids
    ]
    # Whose message is answered, and which accounts they have, shows only when it has been read.
    unknown = not named and bool(spoken.answers)
    return Needs(
        answers=spoken.answers,
        number=command.number,
        members=unknown,
        accounts=None if unknown else (*named, *others, *colleagues),
        lasting=("mute", "ban"),
    )


def whom(
    command: Command, taken: Taken, situation: Situation, book: Book, now: int, room: str
) -> tuple[MemberView | None, str]:
    """(the account meant, as a room has it, what was said after it); None when it is not clear.

    What is named goes before what is answered. A reply often mentions the author of what it answers without naming
    them in its words: then all its words are the rest.
    """
    members = {member.user: member for member in situation.members.get(room, ())}
    spoken = read(taken.event)
    first, _, rest = command.rest.partition(" ")
    answered = situation.subject.sender if situation.subject is not None else ""
    if len(spoken.mentions) == 1:
        member = members.get(spoken.mentions[0], MemberView(spoken.mentions[0], ""))
        for shown in _names(member, book, now):
            if command.rest.casefold().startswith(shown.casefold()):
                return member, command.rest[len(shown) :].strip(" :,")
        if not answered and not first.startswith("@"):
            return member, rest.strip(" :,")
    if first.startswith("@"):
        return _by_account(first.rstrip(",:;"), members), rest.strip()
    if answered:
        return members.get(answered, MemberView(answered, "")), command.rest
    return None, ""


def _names(member: MemberView, book: Book, now: int) -> list[str]:
    """What a client may show in the place of a mention, the longest first."""
    person = book.roster.person_of(member.user, moment(now))
    names = [member.user, member.user.split(":")[0]]
    for name in (member.name, person.name if person else ""):
        names += [f"@{name}", name] if name else []
    return sorted(names, key=len, reverse=True)


def _by_account(name: str, members: dict[str, MemberView]) -> MemberView | None:
    """The member of a whole account, or the only one of a name without a server."""
    if ":" in name and len(name) > 3:
        return members.get(name, MemberView(name, ""))
    same = [member for user, member in members.items() if user.split(":")[0].casefold() == name.casefold()]
    return same[0] if len(same) == 1 else None


def accounts(user: str, book: Book, now: int) -> tuple[str, ...]:
    """An account, and the others of the same person: what is done to people is done to all of theirs."""
    person = book.roster.person_of(user, moment(now))
    others = book.roster.user_ids(person.id, moment(now)) if person is not None else ()
    return tuple(dict.fromkeys((user, *others)))


def person_of(user: str, book: Book, now: int) -> Person | None:
    """The person behind an account, in office or not."""
    return book.roster.person_of(user, moment(now))


def shown(user: str, book: Book, now: int) -> str:
    """What somebody is called: the name by the roster, else the account."""
    person = person_of(user, book, now)
    return person.name if person is not None else user


def asked_about(command: Command, taken: Taken, book: Book, now: int) -> tuple[str, str]:
    """(account, person id) that is asked about: by mention, account, or id of the roster."""
    rest = command.rest.strip().rstrip(",")
    mentions = taken.spoken.mentions
    user = mentions[0] if len(mentions) == 1 else rest if rest.startswith("@") and ":" in rest else ""
    if user:
        found = book.roster.person_of(user, moment(now)) or _ever(user, book)
        return user, found.id if found is not None else ""
    if book.roster.person(rest) is not None:
        return "", rest
    if rest.startswith("@"):
        same = [
            person.id
            for person in book.roster.persons()
            if any(one.matrix.split(":")[0].casefold() == rest.casefold() for one in person.identifiers)
        ]
        return "", same[0] if len(same) == 1 else ""
    return "", ""


def _ever(user: str, book: Book) -> Person | None:
    """Whose an account once was."""
    return next((p for p in book.roster.persons() if any(one.matrix == user for one in p.identifiers)), None)
