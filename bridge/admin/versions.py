"""`tudang policy history`, `show`, `diff`, and of `roster`: every version that was in force, from the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.admin.editing import NAMES, unified
from bridge.admin.looking import seen
from bridge.admin.saying import AdminProblem
from bridge.lang.catalogue import Catalogue, Value
from bridge.lang.roles import load_role_names
from bridge.ledger.store import Store
from bridge.ledger.versions import Version, versions
from bridge.model.clock import moment
from bridge.policy import plan, stamp
from bridge.policy.load import Configuration, Source, check
from bridge.policy.models import Policy
from bridge.policy.roster import Roster
from bridge.policy.types import Language
from bridge.settings import Settings


def history(settings: Settings, what: str, words: Catalogue) -> list[str]:
    """One line for each version, newest first: number, when, who wrote it, how many differences, SHA-256."""
    with seen(settings) as store:
        found = versions(store, settings.forum.record, what)
    if not found:
        return [words.say("history.none", file=NAMES[what]).plain]
    lines = [words.say("history.head", file=NAMES[what]).plain]
    for one in found:
        author = stamp.author_of(one.text) or words.say("history.nobody").plain
        values: dict[str, Value] = {
            "version": str(one.version),
            "at": datetime.fromtimestamp(one.at / 1000, UTC).isoformat(),
            "author": author,
            "sha256": one.sha256,
        }
        if one.version == 1:
            line = words.say("history.first", **values).plain
        else:
            line = words.say("history.line", count=len(one.fact.changes) if one.fact else 0, **values).plain
        lines.append(f"{line} ({words.say('history.in_force').plain})" if one is found[0] else line)
    return lines


def show(settings: Settings, what: str, number: int) -> bytes:
    """The text of a version, byte for byte. Raises :class:`AdminProblem` when there is none."""
    with seen(settings) as store:
        return _version(store, settings, what, number).text


def diff(settings: Settings, what: str, one: int, other: int | None, words: Catalogue) -> list[str]:
    """How two versions differ, as sentences and line by line; with one number, what that version changed."""
    if other is None:
        one, other = one - 1, one
    if one == 0:
        raise AdminProblem("diff.first")
    with seen(settings) as store:
        old, new = (_version(store, settings, what, number) for number in (one, other))
        now = {kind: versions(store, settings.forum.record, kind)[0] for kind in NAMES}
    if old.text == new.text:
        return [words.say("diff.none", file=NAMES[what], one=str(one), other=str(other)).plain]
    lines = [words.say("diff.head", file=NAMES[what], one=str(one), other=str(other)).plain]
    lines += _sentences(what, old, new, now, words)
    return [*lines, "", *unified(old.text, new.text, f"{NAMES[what]} {one}", f"{NAMES[what]} {other}")]


def _sentences(what: str, old: Version, new: Version, now: dict[str, Version], words: Catalogue) -> list[str]:
    """The differences in rules and offices; the other file is the one in force today on both sides."""
    lang: Language = "id" if words.lang == "id" else "en"
    sides = []
    for side in (old, new):
        texts = {kind: side.text if kind == what else now[kind].text for kind in NAMES}
        # Each is read by itself: versions of years ago need not fit the other file of today.
        policy = check(Source(NAMES["policy"], texts["policy"]), None).policy
        roster = check(None, Source(NAMES["roster"], texts["roster"])).roster
        if policy is None or roster is None:
            return [words.say("diff.unreadable").plain]
        sides.append(_configuration(policy, roster))
    found = plan.plan(sides[0], sides[1], moment(new.at), load_role_names(lang))
    if not found:
        return [words.say("diff.only_text").plain]
    return [f"  • {one.text(lang)}" for one in found]


def _configuration(policy: Policy, roster: Roster) -> Configuration:
    return Configuration(policy, Roster(roster.file, policy.forum.zone))


def _version(store: Store, settings: Settings, what: str, number: int) -> Version:
    found = versions(store, settings.forum.record, what)
    if not found:
        raise AdminProblem("history.none", file=NAMES[what])
    for one in found:
        if one.version == number:
            return one
    raise AdminProblem(
        "show.none", file=NAMES[what], version=str(number), first=str(found[-1].version), last=str(found[0].version)
    )
