"""Where a key stands in a TOML file; looked up only when there is an error to report.

`tomllib` gives no positions, so the text is parsed a second time with tree-sitter and the tables and pairs are walked in
parallel with the path of the key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]


def positions(text: str) -> dict[Path, tuple[int, int]]:
    r"""Return line and column, counted from 1, of every key and table of a TOML text.

    Examples
    --------
    >>> positions("[tax]\nrate = 3\nlevels = {from = 1, to = 2}\n")[("tax", "levels", "to")]
    (3, 22)
    """
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    tree = Parser(Language(tree_sitter_toml.language())).parse(text.encode())
    found: dict[Path, tuple[int, int]] = {}
    arrays: dict[Path, int] = {}
    for node in tree.root_node.children:
        here: Path = ()
        if node.type == "table":
            here = _resolved(_key(node.children[1]), arrays)
            found.setdefault(here, _place(node.children[1]))
        elif node.type == "table_array_element":
            base = _resolved(_key(node.children[1]), arrays, last=False)
            arrays[base] = arrays.get(base, -1) + 1
            here = (*base, arrays[base])
            found.setdefault(base, _place(node.children[1]))
            found[here] = _place(node.children[1])
        for path, place in _pairs(node, here):
            found.setdefault(path, place)
    return found


def _pairs(node: Any, here: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    pairs = [node] if node.type == "pair" else [child for child in node.children if child.type == "pair"]
    for pair in pairs:
        path = (*here, *_key(pair.children[0]))
        yield path, _place(pair.children[0])
        yield from _inside(pair.children[-1], path)


def _inside(value: Any, path: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    if value.type == "inline_table":
        yield from _pairs(value, path)
    elif value.type == "array":
        items = [child for child in value.children if child.is_named and child.type != "comment"]
        for k, item in enumerate(items):
            yield (*path, k), _place(item)
            yield from _inside(item, (*path, k))


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


def _place(node: Any) -> tuple[int, int]:
    return node.start_point[0] + 1, node.start_point[1] + 1
