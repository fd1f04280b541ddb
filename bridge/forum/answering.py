"""Answers to prompts: the number is tapped or typed by whoever gave the command, and the command goes on."""

from __future__ import annotations

from msgspec.structs import replace

from bridge.forum import commands, messages
from bridge.forum.book import Book
from bridge.forum.command import Command
from bridge.forum.item import Taken
from bridge.forum.prompts import TYPED, digit, line_of
from bridge.forum.spoken import reaction_key, read
from bridge.model import facts as f
from bridge.model.effects import Say
from bridge.model.event import Event, Json
from bridge.model.situation import Needs, Outcome, PromptView, Situation


def needs(taken: Taken, book: Book) -> Needs:
    """A lone digit may be an answer: then also the question that its sender was asked here."""
    wanted = messages.needs(taken, book)
    if not digit(taken.spoken.text):
        return wanted
    standing = book.standing(taken.event.sender, taken.at)
    return replace(wanted, prompt_of=standing.person.id) if standing is not None else wanted


def decide(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """A message: the answer to a prompt, or what any message is."""
    prompt, number = situation.prompt, digit(taken.spoken.text)
    if prompt is None or not number or taken.spoken.edits or messages.refusal(taken.event, situation):
        return messages.decide(taken, situation, book, now)
    return _answered(prompt, number, taken, now, attested=False)


def tap_needs(taken: Taken, book: Book) -> Needs:
    """What was tapped: if it is a prompt, it comes with it."""
    target, _ = reaction_key(taken.event)
    return Needs(answers=(target,)) if target else Needs()


def tapped(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """Somebody tapped a number below something of ours: it counts if it is a prompt, and theirs."""
    prompt, subject, standing = situation.prompt, situation.subject, book.standing(taken.event.sender, taken.at)
    _, key = reaction_key(taken.event)
    if prompt is None or subject is None or standing is None or subject.room != taken.room:
        return Outcome()
    if prompt.fact.person != standing.person.id or prompt.fact.state != "open" or prompt.command is None:
        return Outcome()
    command = command_in(prompt.command, book)
    if command is None or command.name in TYPED:
        return Outcome()
    return _answered(prompt, digit(key), taken, now, attested=True)


def _answered(prompt: PromptView, number: int, taken: Taken, now: int, *, attested: bool) -> Outcome:
    """The choice is made: the command goes on with it."""
    fact, command = prompt.fact, prompt.command
    over = now > fact.until or command is None
    if command is None or over or number > len(fact.heads):
        key = "prompt.over" if over else "prompt.none"
        event = taken.event
        to = event.event_id if event.type != "m.reaction" else None
        ref = f"answer:{event.event_id}"
        return Outcome(effects=[Say(room=event.room_id, key=key, reply_to=to, mentions=(event.sender,), ref=ref)])
    answer = replace(fact, state="answered", answer=taken.event.event_id, attested=attested, at=now)
    return Outcome(facts=[answer], then=replace(command, content=_whole(command, fact, number)))


def _whole(command: Event, fact: f.Prompted, number: int) -> Json:
    """The content of the command as if it had been typed with the choice in its place."""
    line = line_of(command)
    rest = line[len(line) - fact.tail :]
    whole = f"{line[: fact.words]} {fact.heads[number - 1]} {rest}".strip()
    return {"msgtype": "m.text", "body": whole, "m.mentions": command.content.get("m.mentions", {})}


def command_in(event: Event, book: Book) -> Command | None:
    """The command that an event is; only its words are asked, since it was one when it was taken for one."""
    return commands.parse(read(event).text, book, direct=True)


def completed_needs(taken: Taken, book: Book) -> Needs:
    """What the whole command needs."""
    command = command_in(taken.event, book)
    return commands.needs(command, book.standing(taken.event.sender, taken.at), taken, book) if command else Needs()


def completed(taken: Taken, situation: Situation, book: Book, now: int) -> Outcome:
    """The whole command is done, as if it had just been typed."""
    command = command_in(taken.event, book)
    if command is None:
        return Outcome()
    return commands.decide(command, book.standing(taken.event.sender, taken.at), taken, situation, book, now)
