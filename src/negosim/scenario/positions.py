"""Where a key stands in a TOML file; looked up only when there is an error to report.

`tomllib` gives no positions, so the text is parsed a second time with tree-sitter and the tables and pairs are walked in
parallel with the path of the key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
Place = tuple[int, int]
"""Line and column, counted from 1; a column counts characters."""


def positions(text: str) -> dict[Path, Place]:
    r"""Return line and column of every key and table of a TOML text.

    Examples
    --------
    >>> positions("[tax]\nrate = 3\nlevels = {from = 1, to = 2}\n")[("tax", "levels", "to")]
    (3, 21)
    """
    found: dict[Path, Place] = {}
    for path, place, _ in _keys(text):
        found.setdefault(path, place)
    return found


def doubled(text: str) -> tuple[Path, Place, Place] | None:
    r"""Return the first key or table that a TOML text defines twice, with its second and its first place.

    Examples
    --------
    >>> doubled("[tax]\nrate = 3\nrate = 4\n")
    (('tax', 'rate'), (3, 1), (2, 1))
    """
    first: dict[Path, Place] = {}
    for path, place, defines in _keys(text):
        if defines and path in first:
            return path, place, first[path]
        if defines:
            first[path] = place
    return None


def first_fault(text: str) -> Place | None:
    r"""Return the place of the first thing in a text that is no TOML.

    Examples
    --------
    >>> first_fault("[tax]\nrate = [1, 2\n")
    (2, 1)
    """
    lines = text.split("\n")
    pending = [_parse(text)]
    while pending:
        node = pending.pop()
        if node.is_missing or node.type == "ERROR":
            return _place(node, lines)
        if node.has_error:
            pending += reversed(node.children)
    return None


def _parse(text: str) -> Any:
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node


def _keys(text: str) -> Iterator[tuple[Path, Place, bool]]:
    """Yield path and place of every table, pair and list entry, and whether it may stand only once."""
    arrays: dict[Path, int] = {}
    lines = text.split("\n")
    for node in _parse(text).children:
        if node.has_error:
            continue
        here: Path = ()
        if node.type == "table":
            here = _resolved(_key(node.children[1]), arrays)
            yield here, _place(node.children[1], lines), True
        elif node.type == "table_array_element":
            base = _resolved(_key(node.children[1]), arrays, last=False)
            arrays[base] = arrays.get(base, -1) + 1
            here = (*base, arrays[base])
            yield base, _place(node.children[1], lines), False
            yield here, _place(node.children[1], lines), True
        yield from _pairs(node, here, lines)


def _pairs(node: Any, here: Path, lines: list[str]) -> Iterator[tuple[Path, Place, bool]]:
    pairs = [node] if node.type == "pair" else [child for child in node.children if child.type == "pair"]
    for pair in pairs:
        path = (*here, *_key(pair.children[0]))
        yield path, _place(pair.children[0], lines), True
        yield from _inside(pair.children[-1], path, lines)


def _inside(value: Any, path: Path, lines: list[str]) -> Iterator[tuple[Path, Place, bool]]:
    if value.type == "inline_table":
        yield from _pairs(value, path, lines)
    elif value.type == "array":
        items = [child for child in value.children if child.is_named and child.type != "comment"]
        for k, item in enumerate(items):
            yield (*path, k), _place(item, lines), True
            yield from _inside(item, (*path, k), lines)


def _key(node: Any) -> Path:
    parsed: Any = tomllib.loads(f"{node.text.decode()} = 0")
    names: list[str | int] = []
    while isinstance(parsed, dict):
        ((name, parsed),) = parsed.items()
        names.append(name)
    return tuple(names)


def _resolved(path: Path, arrays: dict[Path, int], *, last: bool = True) -> Path:
    full: Path = ()
    for k, name in enumerate(path):
        full = (*full, name)
        if full in arrays and (last or k < len(path) - 1):
            full = (*full, arrays[full])
    return full


def _place(node: Any, lines: list[str]) -> Place:
    row, byte = node.start_point[0], node.start_point[1]
    return row + 1, len(lines[row].encode()[:byte].decode(errors="ignore")) + 1
