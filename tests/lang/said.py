"""What the rules say, found in their source: which text, with which values.

Read from the syntax tree, so that a text that no test happens to provoke is found as well. Where a key is put
together from parts, :data:`EXPANSIONS` holds what it can become.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from bridge.forum.check_cards import NAMED, SEEN
from bridge.model.evidence import Sign, Verdict
from bridge.policy.types import Stage

_BRIDGE = Path(__file__).parents[2] / "bridge"
FOLDERS = ("forum", "journey", "admin")

BAD_VERDICTS = (
    *(str(verdict) for verdict in Verdict if verdict is not Verdict.OK),
    "duplicate",
    "unavailable",
    "view_once",
)
"""What a photo or video can come to, so that another one is asked for."""
REFUSED_SIGNS = tuple(str(sign) for sign in Sign if sign not in (Sign.UNPLACED, Sign.SIGNED))
REPORT_STATES = ("waiting", "held", "reported", "incomplete", "accepted", "returned", "withdrawn", "unknown")
TASK_STATES = ("open", "acknowledged", "reported", "late", "accepted", "returned", "reopened")
ORDER_STEPS = ("confirmed", "cancelled", "reopened", "revised", "due", "urgency", "evidence", "reason")
PROPOSAL_STATES = ("open", "done", "cancelled", "expired")
CONDUCT = (
    *("flood", "edits", "quiet_hours", "off_topic"),
    *("words", "mentions", "room_mention", "links", "files", "long"),
)
MINUTES = ("decision", "directive", "question", "note")
PROPOSAL_RULES = (
    "unlisted",
    "guest_ended",
    "elsewhere",
    "shrunken",
    "roster",
    "knock",
    "retention",
    "wave",
    "conduct",
    "upgrade",
    "abuse",
)

STRUGGLES = ("no_photo", "file", "number", "command", "right", "clear_text", "unreadable")

EXPANSIONS: Mapping[str, tuple[str, ...]] = {
    "{reading.command.name}.which": (
        *(
            "accept_all",
            "confirm",
            "due",
            "withdraw",
            "urgency",
            "return",
            "reopen",
            "undo",
            "why",
            "redact",
            "move",
        ),
    ),
    "grant.how_{reading.command.name}": ("acting", "delegate", "guest", "replace"),
    "status.stage_{reading.situation.stage}": get_args(Stage),
    "coaching.hint_{kind}": STRUGGLES,
    "coaching.met_{kind}": STRUGGLES,
    "decision.line_{one.state}": ("superseded", "revoked"),
    "decision.is_{one.state}": ("superseded", "revoked"),
    "decision.is_{one.why}": ("deleted", "edited"),
    "decision.{why}": ("deleted", "edited"),
    "consent.is_{proposal.state}": ("cancelled", "expired"),
    "evidence.{found.verdict}": (*BAD_VERDICTS, *REFUSED_SIGNS),
    "looked.{word}": ("ok", "unchecked", "declined", "declined_anytime"),
    "check.is_{check.state}": ("ok", "unchecked", "declined", "withdrawn", "dropped"),
    "check.why_{named}": tuple(sorted(NAMED)),
    "check.why_{reason}": tuple(sorted(SEEN)),
    "doubt.{what}": ("unconfirmed", "past"),
    "refused.{why}": ("clear_text", "mismatch"),
    "correction.no_authority_{label}": ("directive", "decision"),
    "report.{state}": ("incomplete", "unknown"),
    "report.ask_{ASKED.get(report.evidence, 'evidence')}": ("evidence", "document", "video"),
    "report.incomplete_{report.evidence}": ("document", "video"),
    "step.{what}": (*TASK_STATES, "cancelled", "escalated", "reason"),
    "step.order_{what}": ORDER_STEPS,
    "directive.now_{wanted.urgency}": ("urgent", "very_urgent"),
    "directive.wants_{wanted.evidence}": ("none", "media", "document", "video"),
    "directive.report_{directive.evidence}": ("none", "media", "document", "video"),
    "urgency.is_{urgent}": ("ordinary", "urgent", "very_urgent"),
    "proposal.{proposal.what}": (
        *("remove", "invite", "keep"),
        *("warn", "mute", "mute_everywhere", "unmute", "ban", "unban", "redact", "undo"),
    ),
    "{sanction.deed}.done": ("warn", "unmute", "remove", "ban", "unban", "redact"),
    "why.result_{act.result or 'waiting'}": ("waiting", "done", "already", "failed", "cancelled"),
    "proposal.is_{proposal.state}": PROPOSAL_STATES[1:],
    "proposal.because_{rule}": PROPOSAL_RULES,
    "proposal.now_{state}": ("done", "cancelled", "expired"),
    "number.proposal_{situation.proposal.state}": PROPOSAL_STATES,
    "number.report_{report.state}": REPORT_STATES,
    "status.alarm_{alarm.state}": REPORT_STATES,
    "number.own_{task.state}": TASK_STATES,
    "conduct.{met.about}": CONDUCT,
    "conduct.line_{about}": CONDUCT,
    "conduct.line_{one.about}": CONDUCT,
    "conduct.line_{fact.about}": CONDUCT,
    "levels.{situation.room.kind}": ("forum", "control", "audit", "group"),
    "levels.drifted_{room.kind}": ("forum", "group"),
    "levels.keep_{book.policy.levels.keep}": ("report", "repair"),
    "servers.keep_{book.policy_in(name).servers.keep}": ("report", "repair"),
    "permission.lost_{kind}": ("forum", "control", "audit", "group"),
    "permission.back_{kind}": ("forum", "control", "audit", "group"),
    "status.stage_{situation.stage}": get_args(Stage),
    "room.{news.state}": ("waiting", "forged", "clear", "taken"),
    "help.{spec.name}": (
        *("help", "status", "list", "number", "decisions", "coaching", "accept_all", "appeal"),
        *("confirm", "due", "withdraw", "urgency", "return", "reopen"),
        *("approve", "cancel", "stage", "invite", "keep", "remove", "lock", "unlock", "move"),
        *("warn", "mute", "mute_everywhere", "unmute", "ban", "unban", "redact", "undo", "why", "history"),
        *("acting", "delegate", "guest", "replace", "grants"),
        *("meeting", "meeting_end", "agenda", "onwards", "give", "floor_close", "floor_open", "correct"),
        *("own", "assist", "digest", "digest_off", "digest_on"),
    ),
    "meeting.item_{_state(place, meeting)}": ("done", "now", "open"),
    "minutes.{one.what}": ("question", "note"),
    "minutes.numbered_{one.what}": ("decision", "directive"),
    "minutes.more_{what}s": MINUTES,
}
"""Keys with a variable part, and what this part can be."""

PASSED_ON = frozenset(
    {
        ("checking.py, beneath", "key"),
        ("command.py, reply", "key"),
        ("granting.py, _turned_away", "key"),
        ("messages.py, _say", "effect.key"),
        ("taps.py, _next", "text"),
        ("prompts.py, offer", "key"),
        ("taps.py, under_card", "key"),
    }
)
"""Where something is said that was handed on: what hands it on is read instead."""

KEY_PLACES: Mapping[str, tuple[str, int]] = {
    "Say": ("key", 99),
    "Line": ("key", 0),
    "reply": ("key", 1),
    "beneath": ("key", 0),
    "Wrong": ("key", 0),
    "Missing": ("key", 0),
    "under_card": ("key", 0),
    "_turned_away": ("key", 2),
}
"""Callables that take a key, with the name and place of the argument; the values stand right after it."""

_KEY = re.compile(r"[a-z_]+\.[a-z0-9_.{}]+")


@dataclass(frozen=True)
class Saying:
    """One place where a text is said."""

    key: str
    where: str
    line: bool
    """It is a line of a card or below another text, and has no row of its own in the table of hearing."""
    needed: frozenset[str] | None
    """Values that are always passed; None where the source does not show it."""
    possible: frozenset[str]


class Unclear(AssertionError):
    """The source says something whose key cannot be seen, and nothing is declared for it."""


def sayings() -> list[Saying]:
    """Every place of the rules and the journey where something is said."""
    found: list[Saying] = []
    for folder in FOLDERS:
        for file in sorted((_BRIDGE / folder).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for function in _functions(tree):
                found += _of_function(function, file.name)
    return found


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _of_function(function: ast.FunctionDef | ast.AsyncFunctionDef, file: str) -> Iterator[Saying]:
    where = f"{file}, {function.name}"
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KEY_PLACES:
            yield from _of_call(node, node.func.id, function, where)
        elif isinstance(node, ast.Tuple) and len(node.elts) >= 2 and isinstance(node.elts[1], ast.Dict):
            # A refusal: a text and its values, which the caller says.
            key = node.elts[0]
            if isinstance(key, ast.JoinedStr) or (isinstance(key, ast.Constant) and _KEY.fullmatch(str(key.value))):
                yield from _at(key, node.elts[1], function, where, line=False)


def _of_call(call: ast.Call, name: str, function: ast.AST, where: str) -> Iterator[Saying]:
    keyword, place = KEY_PLACES[name]
    named = {argument.arg: argument.value for argument in call.keywords}
    key = named.get(keyword) or (call.args[place] if place < len(call.args) else None)
    if isinstance(key, ast.Starred):
        return  # a refusal that is handed on whole
    if key is None:
        raise Unclear(f"{where}: {ast.unparse(call)} has no key")
    values = named.get("values") or (call.args[place + 1] if place + 1 < len(call.args) else ast.Dict([], []))
    yield from _at(key, values, function, where, line=name == "Line")


def _at(key: ast.expr, values: ast.expr | None, function: ast.AST, where: str, *, line: bool) -> Iterator[Saying]:
    needed, possible = _values(values, function) if values is not None else (None, frozenset[str]())
    for one in _keys(key, function, where):
        yield Saying(one, where, line, needed, possible)


def _keys(key: ast.expr, function: ast.AST, where: str) -> Iterator[str]:
    if isinstance(key, ast.Constant):
        yield str(key.value)
    elif isinstance(key, ast.IfExp):
        yield from _keys(key.body, function, where)
        yield from _keys(key.orelse, function, where)
    elif isinstance(key, ast.JoinedStr):
        template = "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
            for part in key.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )
        if template not in EXPANSIONS:
            raise Unclear(f"{where}: declare in EXPANSIONS what {template!r} can become")
        stem = re.sub(r"\{.*\}", "{}", template)
        yield from (stem.format(part) for part in EXPANSIONS[template])
    elif (where, ast.unparse(key)) in PASSED_ON:
        return
    elif isinstance(key, ast.Name) and (assigned := list(_assigned(key.id, function))):
        for value in assigned:
            yield from _keys(value, function, where)
    else:
        raise Unclear(f"{where}: it cannot be seen what {ast.unparse(key)} says")


def _assigned(name: str, function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            assert isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            yield node.value


def _values(values: ast.expr, function: ast.AST) -> tuple[frozenset[str] | None, frozenset[str]]:
    """(always there, possibly there)."""
    if isinstance(values, ast.Dict):
        needed: frozenset[str] = frozenset()
        possible: frozenset[str] = frozenset()
        for name, value in zip(values.keys, values.values, strict=True):
            if name is None:
                inner, more = _values(value, function)
                if inner is None:
                    return None, frozenset()
                needed, possible = needed | inner, possible | more
            else:
                assert isinstance(name, ast.Constant)
                needed, possible = needed | {str(name.value)}, possible | {str(name.value)}
        return needed, possible
    if isinstance(values, ast.IfExp):
        one, some = _values(values.body, function)
        other, more = _values(values.orelse, function)
        return (one & other if one is not None and other is not None else None), some | more
    if isinstance(values, ast.Name):
        assigned = list(_assigned(values.id, function))
        if len(assigned) != 1:
            return None, frozenset()
        needed_here, possible = _values(assigned[0], function)
        return needed_here, possible | frozenset(_added(values.id, function))
    return None, frozenset()


def _added(name: str, function: ast.AST) -> Iterator[str]:
    """What is put into a mapping later: `values["first"] = ...`, `values |= {...}`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and ast.unparse(target.value) == name:
                    assert isinstance(target.slice, ast.Constant)
                    yield str(target.slice.value)
        elif isinstance(node, ast.AugAssign) and ast.unparse(node.target) == name:
            assert isinstance(node.value, ast.Dict)
            yield from (str(key.value) for key in node.value.keys if isinstance(key, ast.Constant))
