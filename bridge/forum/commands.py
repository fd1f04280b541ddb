"""Commands: what people type to the bridge, found in a text, and the rule that answers.

In a room a command stands after "!", never after "/", which clients keep for themselves, and never alone, since
the same words are said in talk. In a direct chat it may stand alone. A number alone (P-12, P12, p 12, #P12) asks
for its state in the control room and in direct chats; elsewhere it does with "!" before it, or written as #P12.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from bridge.forum import (
    answers,
    appeals,
    assisting,
    checking,
    coaching,
    decisions,
    granting,
    inquiries,
    locks,
    moderation,
    mornings,
    own,
    persons,
    prompts,
    sanctions,
    status,
    undo,
)
from bridge.forum.arguments import filled
from bridge.forum.book import Book
from bridge.forum.command import Command, Missing, Reading, Wrong, ended_office, not_theirs, reply, used, words_of
from bridge.forum.conduct import moving
from bridge.forum.item import Taken
from bridge.forum.meetings import commands as meetings
from bridge.forum.seeing import sees_all
from bridge.forum.specs import SPECS, Spec
from bridge.forum.spoken import Spoken, read
from bridge.model.effects import Line, Say
from bridge.model.situation import Needs, Outcome, Situation
from bridge.policy.roster import Standing, nearest

_BANG = re.compile(r"\s*[!！]\s?(?=\S)(.*)", re.DOTALL)
_ALONE = re.compile(r"#?([A-Za-z]{1,2})[ \-–]?(\d{1,6})")
_NUMBER = re.compile(r"#?([A-Za-z]{1,2})[ \-–]?(\d{1,6})(?![\w-])\s*")
_LONGEST = 2000
_ENDS = " ?!.,;:…"
"""What may stand around a command that is written without a mark."""
MENTIONED = 10
"""Mentions that are looked at: whoever names more means nobody in particular."""

HANDLERS = {
    **answers.HANDLERS,
    **appeals.HANDLERS,
    **decisions.HANDLERS,
    **coaching.HANDLERS,
    **status.HANDLERS,
    **own.HANDLERS,
    **assisting.HANDLERS,
    **mornings.HANDLERS,
    **moderation.HANDLERS,
    **granting.HANDLERS,
    **locks.HANDLERS,
    **moving.HANDLERS,
    **sanctions.HANDLERS,
    **undo.HANDLERS,
    **inquiries.HANDLERS,
    **meetings.HANDLERS,
}


def parse(text: str, book: Book, *, direct: bool, control: bool = False, reply: bool = False) -> Command | None:
    """The command that a text is; None for talk. ``direct`` and ``control`` say what room it stands in, ``reply``
    whether it answers a message.

    A word after "!" that is nobody's command is `unknown` if it is like one or stands alone; otherwise it is talk
    with an exclamation mark before it.
    """
    line = " ".join(text[:_LONGEST].split())
    bang = _BANG.fullmatch(line)
    said = bang[1] if bang else line
    alone = number_at(_ALONE.fullmatch(said), book)
    if alone is not None and (bang or direct or control or re.fullmatch(r"#[A-Za-z]{1,2}-?\d{1,6}", said)):
        return Command(name="number", number=alone)
    if not bang and (asked := _appeal(said, book, meant=reply or direct)) is not None:
        return asked
    if not bang and not direct and not control:
        return None
    found = _worded(said, book)
    if not bang and not direct:
        # "koreksi R-1: ..." is mended where the minutes are shown, without a mark before it.
        return found if found is not None and found.name == "correct" and found.number else None
    if found is not None and (bang or _complete(found)):
        return found
    if not bang and (asked := _asked_plainly(said, book)) is not None:
        return asked
    if found is not None:
        return None
    word = said.split(" ")[0]
    near = nearest(word, {known.split(" ")[0] for known in book.commands}) if len(word) > 2 else None
    if near is not None and (bang or said == word):
        return Command(name="unknown", word=word, near=near)
    return Command(name="unknown", word=word) if bang and said == word and word.isalnum() else None


def said_plainly(spoken: Spoken, book: Book) -> Command | None:
    """The command that a message of the forum is without any mark: a short sentence of the language's list, and
    nothing else: not as an answer, not below a picture, not to somebody who is mentioned."""
    if spoken.media or spoken.reply_to or spoken.edits or spoken.mentions:
        return None
    said = " ".join(spoken.text[:_LONGEST].split()).rstrip(_ENDS).casefold()
    name = book.spoken.get(said)
    return Command(name=name, word=said) if name is not None else None


def _asked_plainly(said: str, book: Book) -> Command | None:
    """What is asked of the bot in ordinary words, with courtesies around it; never what changes something."""
    words = " ".join(said.replace(",", " ").split()).strip(_ENDS)
    while True:
        found = _worded(words, book)
        if found is not None and _complete(found) and not SPECS[found.name].rights:
            return found
        shorter = _without_courtesy(words, book)
        if shorter == words:
            return None
        words = shorter


def _without_courtesy(words: str, book: Book) -> str:
    """A sentence without one courteous word, at its end if there is one, else at its beginning."""
    folded = words.casefold()
    for courtesy in book.courtesies:
        if folded.endswith(f" {courtesy}"):
            return words[: -len(courtesy)].strip(_ENDS)
    for courtesy in book.courtesies:
        if folded.startswith(f"{courtesy} "):
            return words[len(courtesy) :].strip(_ENDS)
    return words


def number_at(found: re.Match[str] | None, book: Book) -> str | None:
    """A number of ours in its one form, P-12; None for anything else."""
    if found is None or found[1].upper() not in book.series:
        return None
    return f"{found[1].upper()}-{int(found[2])}"


def _worded(said: str, book: Book) -> Command | None:
    folded = said.casefold()
    for words in sorted(book.commands, key=len, reverse=True):
        if folded == words or folded.startswith(f"{words} "):
            name = book.commands[words]
            rest = said[len(words) :].strip()
            found = _NUMBER.match(rest)
            number = number_at(found, book)
            if found is not None and number is not None:
                rest = rest[found.end() :]
                if name == "cancel" and number.startswith(f"{book.policy.letters.directive}-"):
                    # "Batal P-12": of an order, not of what waits in the control room.
                    name = "withdraw"
            return Command(name=name, word=said[: len(words)], number=number, rest=rest)
    return None


def _appeal(said: str, book: Book, *, meant: bool) -> Command | None:
    """BANDING needs no sign before it: alone, with a number, or in capitals before other words; and however it is
    written where it is ``meant`` for the bot, as an answer or in its direct chat."""
    word, _, rest = said.partition(" ")
    word = word.strip(".,:;-")
    if book.commands.get(word.casefold()) != "appeal":
        return None
    found = _worded(f"{word} {rest}".strip(), book)
    if found is None or not (meant or not rest or found.number is not None or word.isupper()):
        return None
    return found


def _complete(command: Command) -> bool:
    """Whether bare words are a command and not the beginning of a sentence that happens to share one."""
    spec = SPECS.get(command.name)
    if spec is None:
        return False
    if spec.begins == "number":
        needed = [one for one in spec.takes if not one.optional]
        return command.number is not None and (len(needed) > 1 or not command.rest)
    if spec.begins == "user":
        return command.rest.startswith("@")
    return command.number is None and (not command.rest or (spec.begins == "word" and " " not in command.rest))


def needs(command: Command, standing: Standing | None, taken: Taken, book: Book) -> Needs:
    """What the answer rests on; where the command does not say what it is about, also what can be offered."""
    spec = SPECS.get(command.name)
    if spec is None or standing is None:
        return Needs()
    return prompts.more_needs(_needs(spec, command, standing, taken, book), command, spec.begins, taken)


def _needs(spec: Spec, command: Command, standing: Standing, taken: Taken, book: Book) -> Needs:
    if spec.name == "move":
        return moving.command_needs(Needs(number=command.number), taken, book)
    if spec.name in sanctions.HANDLERS:
        return persons.needs(command, standing, taken, book)
    if spec.name == "undo":
        return undo.needs(command, taken, book)
    if spec.name == "appeal":
        return appeals.needs(command, standing, taken)
    if spec.name == "why":
        return inquiries.why_needs(command, taken)
    if spec.name == "history":
        return inquiries.history_needs(command, standing, taken, book, taken.at)
    if spec.name == "coaching":
        return coaching.overview_needs(taken, book)
    if spec.name == "decisions":
        return Needs(newest_decisions=True)
    if spec.name == "status":
        return status.needs(taken, book)
    if spec.name == "digest":
        return mornings.needs(taken, book)
    if spec.name == "assist":
        return assisting.needs(standing, taken)
    if spec.name == "own" or (
        spec.name == "list" and taken.room not in book.all_rooms and not sees_all(standing, book)
    ):
        return own.needs(standing, taken)
    # A command may be given as a reply to what it is about: a card, or somebody's message.
    unnamed = (spec.begins == "number" and command.number is None) or (spec.begins == "user" and not command.rest)
    asked = Needs(
        answers=read(taken.event).answers if unnamed else (),
        number=command.number,
        meeting=command.number if _is_meeting(command.number, book) else None,
        meetings=spec.meetings,
        members=spec.members and spec.begins not in ("number", "user"),
        steps=spec.name == "number",
        lists=spec.lists,
        checks_under=spec.name == "accept_all",
    )
    if spec.members and spec.begins == "number":
        return replace(asked, of_proposal=True, waiting=True)
    if spec.members and spec.begins == "user":
        return replace(asked, accounts=_accounts(command, read(taken.event).mentions))
    return asked


def _is_meeting(number: str | None, book: Book) -> bool:
    return number is not None and number.startswith(f"{book.policy.letters.meeting}-")


def _accounts(command: Command, mentions: tuple[str, ...]) -> tuple[str, ...]:
    """The accounts that a command about somebody may mean, as far as its words tell."""
    named = [word.rstrip(",;") for word in command.rest.split()[:MENTIONED] if word.startswith("@")]
    return (*mentions[:MENTIONED], *named)


def decide(
    command: Command, standing: Standing | None, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """Answer a command, or say in one sentence why not."""
    if standing is None:
        person = book.roster.person_of(taken.event.sender, book.local(now))
        ended = ended_office(person.id, book, now) if person is not None else None
        if ended is not None:
            return reply(taken, "command.ended", {"word": command.word, "office": ended[0], "day": ended[1]})
        return reply(taken, "command.unlisted")
    place = situation.room.kind
    if command.name == "help":
        return _help(taken, standing, place, book)
    spec = SPECS.get(command.name)
    if spec is None:
        return _unknown(command, taken, standing, place, book)
    if command.name in checking.TYPED and situation.check is not None and place in spec.places:
        meant = checking.TYPED[command.name]
        return checking.typed(meant, command.rest, standing, taken, situation, book, now)
    if not spec.open_to(standing, book):
        refused = not_theirs(command, standing, taken, book, now)
        return _privately(refused, standing, taken) if spec.discreet and place in ("forum", "group") else refused
    if place not in spec.places:
        return reply(taken, "command.elsewhere", {"word": command.word})
    answer = _answer(spec, command, standing, taken, situation, book, now)
    return _privately(answer, standing, taken) if spec.discreet and place in ("forum", "group") else answer


def _answer(
    spec: Spec, command: Command, standing: Standing, taken: Taken, situation: Situation, book: Book, now: int
) -> Outcome:
    """Read what the command takes, and do it; what is missing is asked for with a numbered list, never before
    everybody when it is about somebody."""
    if spec.acts and situation.stage == "watch":
        return reply(taken, "command.only_watching")
    reading = Reading(
        command=command,
        takes=spec.takes,
        standing=standing,
        taken=taken,
        situation=situation,
        book=book,
        now=now,
        rest=command.rest,
    )
    try:
        answer = HANDLERS[command.name](filled(reading), standing, taken, situation, book, now)
    except Missing as missing:
        openly = spec.discreet and situation.room.kind in ("forum", "group")
        asked = prompts.offer(missing, reading) if not openly else None
        return asked or reply(taken, *missing.refusal)
    except Wrong as wrong:
        return reply(taken, *wrong.refusal)
    return answer if isinstance(answer, Outcome) else reply(taken, *answer)


def _privately(answer: Outcome, standing: Standing, taken: Taken) -> Outcome:
    """What would be answered before everybody, in a direct chat with whoever asked."""
    for place, effect in enumerate(answer.effects):
        if isinstance(effect, Say) and effect.room == taken.room and effect.reply_to == taken.event.event_id:
            private = replace(effect, room="", person=standing.person.id, reply_to=None, thread=None)
            answer.effects[place] = private
    return answer


def _allowed(standing: Standing, place: str, book: Book) -> list[Spec]:
    shown = {"number", *book.commands.values()}
    return [
        spec
        for spec in SPECS.values()
        if spec.name in shown and place in spec.places and spec.open_to(standing, book)
    ]


def _help(taken: Taken, standing: Standing, place: str, book: Book) -> Outcome:
    """What this person may do in this room; one line in the forum, one line each elsewhere."""
    first = words_of(book.commands)
    allowed = _allowed(standing, place, book)
    if place in ("forum", "group"):
        words = [f"!{first[spec.name]}" for spec in allowed if spec.name in first and not spec.discreet]
        # A number is a word of its own.
        return reply(taken, "help.short", {"words": [*words, f"!{book.number('directive', 12)}"]})
    mark = "" if place == "direct" else "!"
    lines = [
        Line(
            f"help.{spec.name}",
            {"usage": used(f"{mark}{first[spec.name]}" if spec.name in first else "", spec.takes, book)},
        )
        for spec in allowed
    ]
    return reply(taken, "help.title", {"forum": book.policy.forum.name}, lines=lines)


def _unknown(command: Command, taken: Taken, standing: Standing, place: str, book: Book) -> Outcome:
    allowed: Mapping[str, Spec] = {spec.name: spec for spec in _allowed(standing, place, book)}
    near = nearest(command.word, [words for words, name in book.commands.items() if name in allowed])
    if near is not None:
        return reply(taken, "command.near", {"word": command.word, "near": f"!{near}"})
    return reply(taken, "command.unknown", {"word": command.word, "help": f"!{words_of(book.commands)['help']}"})
