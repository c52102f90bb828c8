"""The shape of a raw document: known keys, right types, ranges that hold their values; and what is wrong, in plain words."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from negosim.errors import nearest
from negosim.scenario import schema
from negosim.scenario.fields import NAME, written
from negosim.scenario.read import NAMED, Complaint, KeyPath, Raw

STAND_IN = {"value": 1.0, "range": [1.0, 1.0], "unit": "none", "kind": "assumed", "source": "stand-in", "note": "-"}
"""Takes the place of a value that is wrong in itself, so that the rest can still be checked."""
WORDS = ("title", "label", "claim", "asks")
"""Required keys that only people read."""


def parse(raw: Raw) -> tuple[schema.Document | None, list[Complaint]]:
    """Turn a raw document into a typed one.

    Returns
    -------
    Document or None
        None where the shape is too wrong to go on. Optional keys that are wrong are left out, so that other errors can be
        found in the same go.
    list of complaints
    """
    found = list(_names(raw.document))
    if found:
        return None, found
    plain = raw.document
    values = raw.document.get("values")
    for name, entry in values.items() if isinstance(values, dict) else ():
        if isinstance(entry, dict) and "pinned" in entry:
            found.append(
                (("values", name, "pinned"), "unknown key; what an override or --set puts in place is fixed by itself")
            )
            plain = _changed(plain, ("values", name, "pinned"))
    document: schema.Document | None
    try:
        document = schema.Document.model_validate(plain)
    except ValidationError as error:
        wrong = _complaints(error)
        found += wrong
        document = _repaired(plain, [path for path, _ in wrong])
    if document is not None:
        for name in raw.pinned & set(document.values):
            document.values[name] = document.values[name].model_copy(update={"pinned": True})
    return document, found


def _repaired(plain: dict[str, Any], paths: list[KeyPath]) -> schema.Document | None:
    for path in paths:
        if path[0] in ("issues", "markets", "accounts", "parties", "groups", "sources") and len(path) == 2:
            return None  # all that refers to it would look wrong
        if path[0] == "values" and len(path) > 1:
            plain = {**plain, "values": {**plain["values"], path[1]: STAND_IN}}
        else:
            plain = _changed(plain, path, "stand-in" if path[-1] in WORDS else None)
    try:
        return schema.Document.model_validate(plain)
    except ValidationError:
        return None


def _changed(node: Any, path: KeyPath, value: Any = None) -> Any:
    """Return a copy of nested tables and lists with another value at a key, or without the key for None."""
    step = path[0]
    if isinstance(node, dict):
        inner = value if len(path) == 1 else _changed(node[step], path[1:], value) if step in node else None
        return {**{key: item for key, item in node.items() if key != step}, **({} if inner is None else {step: inner})}
    if isinstance(node, list) and isinstance(step, int) and len(path) > 1:
        return [*node[:step], _changed(node[step], path[1:], value), *node[step + 1 :]]
    return node


def _names(document: dict[str, Any]) -> Iterator[Complaint]:
    for section in NAMED:
        entries = document.get(section)
        for name in entries if isinstance(entries, dict) else ():
            if not NAME.fullmatch(name):
                yield (section, name), f'found the name "{name}", allowed: letters, digits, _ and -'


_PLAIN = {
    "string_type": "has to be text in quotes",
    "bool_type": "has to be true or false",
    "dict_type": "has to be a table",
    "model_type": "has to be a table",
    "model_attributes_type": "has to be a table",
    "list_type": "has to be a list",
    "date_type": "has to be a date such as 2025-07-09, without quotes",
    "date_from_datetime_inexact": "has to be a date such as 2025-07-09, without a time",
    "date_from_datetime_parsing": "has to be a date such as 2025-07-09, without quotes",
    "int_type": "has to be a whole number",
    "string_too_short": "must not be empty",
}


def _complaints(error: ValidationError) -> list[Complaint]:
    """Word the errors of pydantic, one for each key: that of the branch which fits where a key may be several things."""
    errors = [(_path(e), e) for e in error.errors()]
    misspelt = [path for path, e in errors if e["type"] == "extra_forbidden"]
    found: dict[KeyPath, str] = {}
    for path, e in errors:
        rivals = [other for other, rival in errors if rival is not e and other[: len(path)] == path]
        if e["type"] in ("list_type", "dict_type", "int_type") and rivals:
            if isinstance(e["input"], list | dict | int):
                continue  # the branch that fits says what is wrong
            if path == ("calendar", "rounds"):
                found[path] = f"has to be a list of dates or a whole number, found {written(e['input'])}"
        if e["type"] == "missing" and any(
            p[:-1] == path[:-1] and nearest(str(p[-1]), [str(path[-1])]) for p in misspelt
        ):
            continue  # the misspelt key says it
        found.setdefault(path, _wording(e, path))
    return list(found.items())


def _path(error: Any) -> KeyPath:
    return tuple(part for part in error["loc"] if not _is_branch(part))


def _wording(error: Any, path: KeyPath) -> str:
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(str(path[-1]), path[:-1])
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        allowed = [str(option) for option in get_args(annotation_at(path))]
        return f"found {written(given)}{nearest(str(given), allowed)}, allowed: {', '.join(allowed)}"
    if kind in ("too_short", "too_long"):
        least = context.get("min_length", context.get("max_length"))
        bound = "at least" if kind == "too_short" else "at most"
        return f"needs {bound} {least} {'entry' if least == 1 else 'entries'}, found {written(given)}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
        return f"found {written(given)}, allowed: {bound}"
    text = _PLAIN.get(kind, error["msg"])
    if isinstance(given, dt.datetime):
        text = "has to be a date such as 2025-07-09, without a time"
    return f"{text}, found {written(given)}"


def _unknown_key(name: str, home: KeyPath) -> str:
    allowed = sorted(fields_at(home))
    return f"unknown key{nearest(name, allowed)}; allowed: {', '.join(allowed)}"


def _is_branch(part: str | int) -> bool:
    """Pydantic names the branches of a union in its paths; they are not keys."""
    return isinstance(part, str) and part.startswith(("list[", "dict[", "constrained-", "function-"))


def annotation_at(path: KeyPath) -> Any:
    """Return the type of the schema at a path of the document, None where it says nothing."""
    kind: Any = schema.Document
    for part in path:
        kind = next((inner for branch in _branches(kind) if (inner := _inner(branch, part)) is not None), None)
    return kind


def _branches(kind: Any) -> Iterator[Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _branches(get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for branch in get_args(kind):
            yield from _branches(branch)
    else:
        yield kind


def _inner(kind: Any, part: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        known = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        return known.get(str(part))
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict and isinstance(part, str):
        return arguments[1]
    if origin is list and isinstance(part, int):
        return arguments[0]
    return None


def model_at(path: KeyPath) -> type[BaseModel] | None:
    """Return the model of the schema at a path of the document, None where there is none."""
    for branch in _branches(annotation_at(path)):
        if isinstance(branch, type) and issubclass(branch, BaseModel):
            return branch
    return None


def fields_at(path: KeyPath) -> set[str]:
    """Return the keys that the schema knows at a path of the document.

    Examples
    --------
    >>> sorted(fields_at(("groups", "anyone", "behaviour", "line")))
    ['share', 'strength']
    """
    model = model_at(path)
    if model is None:
        return set()
    return {field.alias or name for name, field in model.model_fields.items() if name != "pinned"}


def is_open(path: KeyPath) -> bool:
    """Tell whether keys beyond those of the schema may stand at a path: parameters of a market, a tactic or a rule."""
    model = model_at(path)
    return model is not None and model.model_config.get("extra") == "allow"
