"""What a person with a Matrix client saw: messages with their edits and reactions, in three rooms, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rich.text import Text

from bridge.model.event import Event, Json
from bridge.rehearsal.players import Player

PLACES = {"forum": "", "control": "ruang kendali", "audit": "ruang audit"}
"""Kinds of rooms, as the transcript marks what is not said in the forum."""

_MEDIA = {"m.image": "foto", "m.video": "video", "m.file": "berkas", "m.audio": "suara"}


@dataclass
class Entry:
    """One message as it looks now."""

    event: Event
    place: str
    who: str
    title: str
    bot: bool
    at: int
    kind: str
    """text, notice, image, video, file or audio."""
    text: str
    filename: str = ""
    rings: tuple[str, ...] = ()
    """User ids that this message rings."""
    reply_to: str | None = None
    thread: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    """Key to the senders' names, in order."""
    edits: int = 0
    gone: bool = False


@dataclass
class Happening:
    """What is no message of its own: a card that was edited, somebody who was invited, removed, or knocks."""

    place: str
    who: str
    at: int
    text: str


@dataclass
class Chapter:
    """A heading of the story between the messages."""

    title: str
    explained: str
    at: int


class Transcript:
    """Built from the events of one client that is in all rooms. ``shown`` tells rehearsal time of machine time."""

    def __init__(
        self,
        rooms: Mapping[str, str],
        player: Callable[[str], Player | None],
        bot: str,
        shown: Callable[[int], int],
        clock: Callable[[int], str],
    ) -> None:
        self.items: list[Entry | Happening | Chapter] = []
        self._kinds = {room: kind for kind, room in rooms.items()}
        self._player = player
        self._bot = bot
        self._shown = shown
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._reactions: dict[str, tuple[Entry, str, str]] = {}

    def entry(self, event_id: str) -> Entry | None:
        """The message with this id, if it has been seen."""
        return self._entries.get(event_id)

    def entries(self, place: str | None = None) -> list[Entry]:
        """All messages of a kind of room, or of all rooms, in order."""
        return [item for item in self.items if isinstance(item, Entry) and place in (None, item.place)]

    def told(self) -> list[Entry | Happening | Chapter]:
        """Everything from the first chapter on: what was said in an earlier performance is not of this one."""
        first = next((place for place, item in enumerate(self.items) if isinstance(item, Chapter)), 0)
        return self.items[first:]

    def chapter(self, title: str, explained: str, at: int) -> None:
        """Begin a chapter."""
        self.items.append(Chapter(title, explained, at))

    def take(self, event: Event) -> Text | None:
        """Take one event in; returns the line that shows it in a terminal, or None for what is not shown."""
        if event.room_id not in self._kinds:
            return None
        if event.type == "m.reaction":
            return self._reaction(event)
        if event.type == "m.room.redaction":
            return self._redaction(event)
        if event.type == "m.room.member":
            return self._member(event)
        if event.type not in ("m.room.message", "m.sticker") or event.redacted:
            return None
        relation = _object(event.content, "m.relates_to")
        if relation.get("rel_type") == "m.replace":
            return self._edit(event, str(relation.get("event_id")))
        return self._message(event, relation)

    # Kinds of events

    def _message(self, event: Event, relation: Json) -> Text:
        content = event.content
        msgtype = str(content.get("msgtype", "m.image"))
        media = msgtype in _MEDIA
        name = str(content.get("filename") or content.get("body", ""))
        body = str(content.get("body", ""))
        mentions = _object(content, "m.mentions").get("user_ids") or []
        entry = Entry(
            event=event,
            place=self._kinds[event.room_id],
            who=self.name(event.sender),
            title=self._title(event.sender),
            bot=event.sender == self._bot,
            at=self._shown(event.origin_ts),
            kind=msgtype.removeprefix("m."),
            text="" if media and "filename" not in content else "" if media and body == name else body,
            filename=name if media else "",
            rings=tuple(map(str, mentions)) if msgtype == "m.text" else (),
            reply_to=_reply(relation),
            thread=str(relation["event_id"]) if relation.get("rel_type") == "m.thread" else None,
        )
        self._entries[event.event_id] = entry
        self.items.append(entry)
        line = self._begin(entry.at, entry.place, event.sender)
        if entry.rings and entry.bot:
            line.append(f"🔔{len(entry.rings)} ", "yellow")
        answered = self._entries.get(entry.reply_to or entry.thread or "")
        if answered is not None:
            line.append(f"{'⤷' if entry.thread else '↳'} “{snippet(answered)}” ", "dim")
        if media:
            line.append(f"[{_MEDIA[msgtype]}{'' if entry.kind != 'file' else ' ' + entry.filename}] ", "magenta")
        line.append(entry.text.replace("\n", " ⏎ "), "green" if entry.bot else "")
        return line

    def _edit(self, event: Event, target: str) -> Text | None:
        entry = self._entries.get(target)
        if entry is None or entry.event.sender != event.sender:
            return None
        before = entry.text.splitlines()
        entry.text = str(_object(event.content, "m.new_content").get("body", entry.text))
        entry.edits += 1
        changed = [line for line in entry.text.splitlines() if line not in before]
        at = self._shown(event.origin_ts)
        said = f"✎ {_heading(entry)}: {' · '.join(changed)}"
        self.items.append(Happening(entry.place, self.name(event.sender), at, said))
        line = self._begin(at, entry.place, event.sender)
        line.append(said, "green" if entry.bot else "")
        return line

    def _reaction(self, event: Event) -> Text | None:
        relation = _object(event.content, "m.relates_to")
        entry = self._entries.get(str(relation.get("event_id")))
        if entry is None or event.redacted:
            return None
        key = str(relation.get("key")).strip()
        who = self.name(event.sender)
        entry.reactions.setdefault(key, []).append(who)
        self._reactions[event.event_id] = (entry, key, who)
        line = self._begin(self._shown(event.origin_ts), entry.place, event.sender)
        line.append(f"{key} ", "bold")
        line.append(f"→ “{snippet(entry)}”", "dim")
        return line

    def _redaction(self, event: Event) -> Text | None:
        line = self._begin(self._shown(event.origin_ts), self._kinds[event.room_id], event.sender)
        target = event.redacts or ""
        if target in self._reactions:
            entry, key, who = self._reactions.pop(target)
            entry.reactions[key].remove(who)
            if not entry.reactions[key]:
                del entry.reactions[key]
            line.append(f"takes {key} back from “{snippet(entry)}”", "dim")
            return line
        taken_back = self._entries.get(target)
        if taken_back is None:
            return None
        taken_back.gone = True
        line.append(f"takes back “{snippet(taken_back)}”", "dim")
        return line

    def _member(self, event: Event) -> Text | None:
        """Coming and going of those whom no roster knows; forty colleagues joining would say nothing."""
        user = event.state_key or ""
        if user == self._bot or self._player(user) is not None:
            return None
        membership = str(event.content.get("membership"))
        said = {"invite": "invites", "knock": "knocks:", "join": "joins:", "ban": "bans"}.get(membership, "removes")
        reason = str(event.content.get("reason", ""))
        text = f"{said} {self.name(user)}" + (f" – “{reason}”" if reason else "")
        place = self._kinds[event.room_id]
        at = self._shown(event.origin_ts)
        self.items.append(Happening(place, self.name(event.sender), at, text))
        line = self._begin(at, place, event.sender)
        line.append(text, "bold yellow")
        return line

    # Names

    def name(self, user: str) -> str:
        """A user as people say it."""
        player = self._player(user)
        return "Tudang" if user == self._bot else player.name if player else user.partition(":")[0]

    def _title(self, user: str) -> str:
        player = self._player(user)
        return "bot" if user == self._bot else player.title if player else "not listed"

    def _begin(self, at: int, place: str, user: str) -> Text:
        line = Text(f"{self._clock(at)}  ", "cyan")
        if PLACES[place]:
            line.append(f"[{PLACES[place]}] ", "yellow")
        if user == self._bot:
            line.append("🤖 Tudang  ", "bold green")
        else:
            line.append(f"{self.name(user)} · {self._title(user)}  ", "bold")
        return line


def snippet(entry: Entry, length: int = 34) -> str:
    """The beginning of a message, or what it carries."""
    text = " ".join(entry.text.split()) or f"{_MEDIA.get('m.' + entry.kind, entry.kind)}"
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _heading(entry: Entry) -> str:
    """What a card is called by: the number in its first line."""
    return " ".join(entry.text.split(" · ")[0].split())[:40]


def _object(content: Json, key: str) -> Json:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _reply(relation: Json) -> str | None:
    if relation.get("rel_type") == "m.thread" and relation.get("is_falling_back") is True:
        return None
    found = _object(relation, "m.in_reply_to").get("event_id")
    return str(found) if found else None
