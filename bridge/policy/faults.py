"""From pydantic's errors to located problems in people's words."""

import re
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, TypeVar, get_args, get_origin
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bridge.policy.nodes import Plain, Tree
from bridge.policy.problems import Path, Values
from bridge.policy.roster import nearest
from bridge.policy.texts import TEXTS

M = TypeVar("M", bound=BaseModel)

MOVED: Mapping[Path, str] = {("record", "retention"): "retention_moved"}
"""Options of earlier versions, and the sentence that says what is written instead."""

_SHAPES: Mapping[str, str] = {
    "string_type": "want_text",
    "tuple_type": "want_list",
    "list_type": "want_list",
    "string_unicode": "unprintable",
}
_ZONES: Mapping[str, str] = {"wita": "Asia/Makassar", "wib": "Asia/Jakarta", "wit": "Asia/Jayapura"}


def validate(model: type[M], data: Plain, tree: Tree, above: Path = ()) -> M | None:
    """The data as a model; or None, with every fault noted in the tree. ``above`` is the path of the data."""
    try:
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(detail, model, tree, above)
        return None


def _note(detail: ErrorDetails, model: type[BaseModel], tree: Tree, above: Path) -> None:
    inside = tuple(part for part in detail["loc"] if part != "[key]")
    path = (*above, *inside)
    key, values = _say(detail, model, inside)
    if key == "missing":
        place = tree.place(path[:-1], of_key=True)
    else:
        place = tree.place(path, of_key=key in ("unknown_key", *MOVED.values()) or "[key]" in detail["loc"])
    tree.report(place, path, key, values)


def _say(detail: ErrorDetails, model: type[BaseModel], inside: Path) -> tuple[str, Values]:
    kind, written, context = detail["type"], detail.get("input"), detail.get("ctx", {})
    name = str(inside[-1])[:60] if inside else ""
    if kind == "extra_forbidden" and inside in MOVED:
        return MOVED[inside], {}
    if kind == "extra_forbidden":
        return "unknown_key", _unknown(name, keys_at(model, inside[:-1]))
    if kind == "missing":
        return "missing", {"key": name}
    if kind in TEXTS or kind in _SHAPES or kind in ("literal_error", "string_too_long"):
        if written is None:
            return "empty", {}
        if not isinstance(written, str) and kind not in ("tuple_type", "list_type", "weekday_twice"):
            return "want_text", {}
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return "choice", {"written": str(written)[:60], "choices": ", ".join(choices), **guess(written, choices)}
    if kind == "zone":
        near = _ZONES.get(str(written).strip().lower())
        return "zone", {"written": str(written)[:60], **({"guess": near} if near else guess(written, _zones()))}
    if kind in TEXTS:
        return kind, {"written": str(context.get("written", written))[:60]}
    if kind in _SHAPES:
        return _SHAPES[kind], {"code": "?"}
    if kind == "string_too_short":
        return "empty", {}
    if kind == "string_too_long":
        return "too_long", {"limit": str(context.get("max_length", ""))}
    if kind in ("model_type", "model_attributes_type", "dict_type", "mapping_type"):
        return "want_mapping", {"keys": next(iter(keys_at(model, inside)), "key")}
    return "invalid", {"detail": detail["msg"]}


def guess(written: object, known: Iterable[str]) -> Values:
    """The values of a "Did you mean ...?", or nothing."""
    near = nearest(str(written), known)
    return {"guess": near} if near else {}


def _unknown(name: str, known: list[str]) -> Values:
    near = guess(name, known)
    return {"key": name, **(near or {"otherwise": "known_keys", "keys": ", ".join(known)})}


def _zones() -> list[str]:
    return sorted(available_timezones())


def keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that may be written at a path of a file of this model, in the order of the model."""
    current: object = model
    for part in path:
        current = _inner(current, part)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [_written(name, field.validation_alias) for name, field in current.model_fields.items()]
    origin = get_origin(current)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        keys = get_args(current)[0]
        return list(get_args(keys)) if get_origin(keys) is Literal else []
    return []


def _written(name: str, alias: object) -> str:
    return alias if isinstance(alias, str) else name


def _inner(kind: object, part: str | int) -> object:
    """The type of what stands under a key, or at a position, of a value of type ``kind``."""
    found: object = None
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if _written(name, field.validation_alias) == part:
                found = field.annotation
    elif get_args(kind):
        found = get_args(kind)[0 if isinstance(part, int) else -1]
    if get_origin(found) in (typing.Union, types.UnionType):
        found = next((one for one in get_args(found) if one is not type(None)), None)
    return get_args(found)[0] if get_origin(found) is Annotated else found
