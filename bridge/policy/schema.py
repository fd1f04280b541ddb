"""JSON Schema of the two files (draft 2020-12), for editors: the models, their descriptions and defaults."""

import json
from typing import Annotated, Literal, cast, get_args, get_origin

from pydantic import BaseModel

from bridge.policy.models import PolicyFile, Section
from bridge.policy.roster import RosterFile
from bridge.policy.types import InBytes, written

FileKind = Literal["policy", "roster"]

_FILES: dict[FileKind, tuple[type[Section], str]] = {
    "policy": (PolicyFile, "Tudang policy"),
    "roster": (RosterFile, "Tudang roster"),
}

_Object = dict[str, object]


def json_schema(kind: FileKind) -> str:
    """The schema of ``policy.yaml`` or ``roster.yaml`` as JSON text, the same text every time."""
    model, title = _FILES[kind]
    schema = cast(_Object, model.model_json_schema(by_alias=True, mode="validation"))
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}
    definitions = cast(dict[str, _Object], schema.get("$defs", {}))
    for one in (model, *sections(model)):
        _as_written(one, definitions.get(one.__name__, schema))
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def sections(model: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """Every model that a model holds, directly or deeper, each once and in the order of the file."""
    found: list[type[BaseModel]] = []
    for field in model.model_fields.values():
        for one in (field.annotation, *get_args(field.annotation)):
            kind = get_args(one)[0] if get_origin(one) is Annotated else one
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found += [each for each in (kind, *sections(kind)) if each not in found]
    return tuple(found)


def _as_written(model: type[BaseModel], schema: _Object) -> None:
    """Show defaults as people write them, and no "null": a value that is missing is a line that is missing."""
    properties = cast(dict[str, _Object], schema["properties"])
    for name, field in model.model_fields.items():
        shown = properties[field.validation_alias if isinstance(field.validation_alias, str) else name]
        shown.pop("default", None)
        shown.pop("title", None)
        if field.description:  # left out by pydantic where it repeats the section's own
            shown["description"] = field.description
        options = [one for one in cast(list[_Object], shown.pop("anyOf", [])) if one.get("type") != "null"]
        for option in options:
            shown.update(option)
        default = field.default
        if field.is_required() or default is None or isinstance(default, BaseModel):
            continue
        if isinstance(default, bool | dict) or (isinstance(default, int) and not _in_bytes(field.metadata)):
            shown["default"] = default
        elif isinstance(default, tuple):
            shown["default"] = [written(one) for one in default]
        else:
            shown["default"] = written(default, in_bytes=_in_bytes(field.metadata))


def _in_bytes(metadata: list[object]) -> bool:
    return any(isinstance(one, InBytes) for one in metadata)
