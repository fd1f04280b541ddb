"""Somebody asks for help: three lines for them alone and whom to ask; the experts hear it in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from bridge.forum.book import Book
from bridge.forum.command import Command, reply, words_of
from bridge.forum.item import Taken
from bridge.model import facts as f
from bridge.model.effects import Line, Say
from bridge.model.situation import Needs, Outcome, Situation
from bridge.policy.roster import Standing

HOUR_MS = 3600 * 1000


def needs(standing: Standing, taken: Taken) -> Needs:
    """Who wrote lately, as an expert who did is there; and whether this person has asked within the hour."""
    return Needs(lately=True, asked_since=("help", taken.at - HOUR_MS), asked_person=standing.person.id)


def assist(
    command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """What is asked most, and the expert who was there last; the experts hear of it once an hour."""
    person, cause = standing.person, taken.event.event_id
    found = expert(person.id, situation, book, now)
    lines = [
        Line("assist.report"),
        Line("assist.own", {"word": words_of(book.commands)["own"]}),
        Line("assist.emergency", {"word": book.policy.emergencies.hashtag}),
    ]
    if found is not None:
        name, account = found
        lines.append(
            Line("assist.expert", {"name": name, "link": f"https://matrix.to/#/{quote(account, safe='@:')}"})
        )
    outcome = reply(taken, "assist.title", {}, lines)
    control = book.rooms.get("control")
    if situation.asked or control is None:
        return outcome
    outcome.facts.append(f.Asked(what="help", about=cause, person=person.id, at=now))
    unit = standing.unit.short if standing.unit else book.role_names.get(standing.role, standing.role)
    heard = {"name": person.name, "unit": unit}
    outcome.effects.append(Say(room=control, key="assist.told", values={**heard}, ref=f"help:{cause}"))
    return outcome


def expert(asking: str, situation: Situation, book: Book, now: int) -> tuple[str, str] | None:
    """(name, account) of the expert to ask: who wrote last in the forum, else the first of the roster."""
    experts = {
        person: users for person, users in book.users_with(("expert",), now).items() if person != asking and users
    }
    if not experts:
        return None
    lately = {account: place for place, account in enumerate(situation.lately)}

    def last(person: str) -> int:
        return min((lately.get(user, len(lately)) for user in experts[person]), default=len(lately))

    chosen = min(experts, key=last)
    person = book.roster.person(chosen)
    return (person.name if person is not None else chosen), experts[chosen][0]


Handler = Callable[[Command, Standing, Taken, Situation, Book, int], Outcome]

HANDLERS: Mapping[str, Handler] = {"assist": assist}
