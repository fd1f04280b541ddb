"""What a message holds, for the rules on content: its words as people see them, whom it mentions, links, files.

Read leniently and with bounded work: 64 KiB of text, a thousand mentions and ten thousand links cost what one pass
over the text costs. What people see is read: a formatted body counts beside the plain one, a quotation of others
does not.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote, urlsplit

from bridge.forum.conduct.folding import Forms, fold, says, words
from bridge.forum.spoken import Spoken, object_of, text_of
from bridge.model.event import Event
from bridge.model.facts import MediaPart
from bridge.policy.conduct import ContentRule

LINKS = 200
"""Links that are looked at; a message with more holds links to wherever."""

_LONGEST = 65_536
_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|th|blockquote|pre|hr|table)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_HREF = re.compile(r"href\s*=\s*[\"']?([^\"'\s>]{1,2000})", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"']{1,2000}", re.IGNORECASE)
_PILL = re.compile(r"https://matrix\.to/#/(?:@|%40)([^\"'\s>?]{1,255})", re.IGNORECASE)
_MATRIX = "matrix.to"
"""The address of mentions and of messages: no link to elsewhere."""


@dataclass(frozen=True)
class Held:
    """What a message holds."""

    text: str
    shown: str = ""
    """The formatted body without its marks; empty when there is none."""
    mentions: int = 0
    everybody: bool = False
    """It mentions the whole room."""
    links: tuple[str, ...] = ()
    """Addresses, in the order of the text, at most one more than :data:`LINKS`."""
    files: tuple[MediaPart, ...] = field(default=())

    @cached_property
    def words(self) -> list[Forms]:
        """Its words; those of the formatted body after those of the plain one."""
        return words(self.text) + (words(self.shown) if self.shown and self.shown != self.text else [])

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The hosts it links to; an address that cannot be read is a host without a name."""
        return tuple(_host(link) for link in self.links)


def holds(event: Event, spoken: Spoken) -> Held:
    """What a message holds, or an edit holds now."""
    content: Mapping[str, object] = event.content
    inner = (object_of(content, "m.new_content") or content) if spoken.edits else content
    formatted = text_of(inner, "formatted_body")[:_LONGEST]
    if formatted.lstrip().startswith("<mx-reply>"):
        formatted = formatted.partition("</mx-reply>")[2]
    mentioned = {*_mentioned(content), *_mentioned(inner), *_pills(formatted)}
    return Held(
        text=spoken.text,
        shown=_shown(formatted),
        mentions=len(mentioned),
        everybody=_everybody(content) or _everybody(inner),
        links=tuple(_links(spoken.text, formatted)),
        files=spoken.media,
    )


def held_before(text: str) -> Held:
    """What a recorded message held, as far as its text tells."""
    return Held(text=text, links=tuple(_links(text, "")))


def met(rule: ContentRule, held: Held, before: Held | None = None) -> str:
    """What about a message meets a rule; empty when nothing does. ``before`` is what an edit replaces.

    An edit meets a rule by what it adds: what stood there already was judged when it was said.
    """
    old = before or Held(text="")
    if rule.words and says(held.words, rule.words) and not says(old.words, rule.words):
        return "words"
    if rule.room_mention and held.everybody:
        return "room_mention"
    if rule.mentions_above is not None and held.mentions > rule.mentions_above:
        return "mentions"
    if rule.links_outside is not None:
        known = set(old.hosts)
        if any(_outside(host, rule.links_outside) and host not in known for host in held.hosts):
            return "links"
        if len(held.links) > LINKS:
            return "links"
    if any(_refused(part, rule) for part in held.files):
        return "files"
    longest = rule.longer_than
    if longest is not None and len(held.text) > longest and (before is None or len(old.text) <= longest):
        return "long"
    return ""


def _mentioned(content: Mapping[str, object]) -> set[str]:
    users = object_of(content, "m.mentions").get("user_ids")
    return {user for user in users if isinstance(user, str)} if isinstance(users, list) else set()


def _pills(formatted: str) -> set[str]:
    return {f"@{unquote(found[1]).lstrip('@')}" for found in _PILL.finditer(formatted)}


def _everybody(content: Mapping[str, object]) -> bool:
    mentions = content.get("m.mentions")
    if isinstance(mentions, dict):
        return mentions.get("room") is True
    # Before clients said whom they mean, the word alone rang.
    return re.search(r"(?<!\w)@room(?!\w)", text_of(content, "body")[:_LONGEST]) is not None


def _shown(formatted: str) -> str:
    if not formatted:
        return ""
    return html.unescape(_TAG.sub("", _BLOCK.sub(" ", formatted))).strip()


def _links(text: str, formatted: str) -> Iterator[str]:
    count = 0
    for found in (*_LINK.finditer(text[:_LONGEST]), *_HREF.finditer(formatted)):
        link = html.unescape(found[1] if found.re is _HREF else found[0])
        if _host(link) == _MATRIX or link.startswith(("mailto:", "#")):
            continue
        count += 1
        yield link
        if count > LINKS:
            return


def _host(link: str) -> str:
    """The host of an address; who stands before an @ is no part of it."""
    try:
        address = link if "://" in link else f"https://{link}"
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _outside(host: str, inside: tuple[str, ...]) -> bool:
    """Whether a host is neither one of these domains nor below one."""
    return not any(host == domain or host.endswith(f".{domain}") for domain in map(str.casefold, inside))


def _refused(part: MediaPart, rule: ContentRule) -> bool:
    if rule.file_above is not None and part.size > rule.file_above:
        return True
    name = fold(part.name).strip()
    return any(
        part.kind == kind or name.endswith(f".{kind}") for kind in (k.casefold().lstrip(".") for k in rule.files)
    )
