"""Where keys stand in a TOML text, counted as an editor counts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as at_most
from hypothesis import strategies as st

from negosim.scenario.positions import doubled, first_fault, positions

CONFIGS = Path(__file__).parents[2] / "configs"

TEXT = """\
# a comment
title = "Überfahrt"  # and another

[calendar]
rounds = [
    2031-02-01,  # the first
    2031-02-15,
]
in_force = {customs = 5, "odd key" = [1, {deep = 2}]}

[issues.quota]
levels = {from = 0, to = 60, step = 30}
"ä" = 1
a.b.c = 2

[[terms]]
name = "one"
[[terms]]
name = "two"
[terms.table]
x = 1
[[terms.parts]]
y = 1
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("title",), (2, 1)),
        (("calendar",), (4, 2)),
        (("calendar", "rounds"), (5, 1)),
        (("calendar", "rounds", 0), (6, 5)),
        (("calendar", "rounds", 1), (7, 5)),
        (("calendar", "in_force", "customs"), (9, 13)),
        (("calendar", "in_force", "odd key"), (9, 26)),
        (("calendar", "in_force", "odd key", 1), (9, 42)),
        (("calendar", "in_force", "odd key", 1, "deep"), (9, 43)),
        (("issues", "quota"), (11, 2)),
        (("issues", "quota", "levels", "step"), (12, 30)),
        (("issues", "quota", "ä"), (13, 1)),
        (("issues", "quota", "a", "b", "c"), (14, 1)),
        (("terms",), (16, 3)),
        (("terms", 0), (16, 3)),
        (("terms", 0, "name"), (17, 1)),
        (("terms", 1, "name"), (19, 1)),
        (("terms", 1, "table", "x"), (21, 1)),
        (("terms", 1, "parts", 0, "y"), (23, 1)),
    ],
)
def test_a_key_is_found(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    assert positions(TEXT)[path] == place


def test_columns_count_characters_not_bytes() -> None:
    assert positions('a = {"ÄÖÜ" = 1, b = 2}\n')[("a", "b")] == (1, 17)


def leaves(node: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(node, dict):
        return [inner for key, value in node.items() for inner in leaves(value, (*path, key))] or [path]
    if isinstance(node, list):
        return [inner for k, value in enumerate(node) for inner in leaves(value, (*path, k))] or [path]
    return [path]


@pytest.mark.parametrize("file", sorted(CONFIGS.rglob("*.toml")), ids=lambda f: f"{f.parent.name}/{f.name}")
def test_every_leaf_of_the_shipped_files_has_a_place(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found = positions(text)
    lines = text.split("\n")
    for path in leaves(tomllib.loads(text)):
        line, column = found[path]
        if isinstance(path[-1], str):
            assert lines[line - 1][column - 1 :].lstrip('"').startswith(path[-1].split(".")[0])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = 1\nb = 2\na = 3\n", (("a",), (3, 1), (1, 1))),
        ("[t]\n[u]\n[t]\n", (("t",), (3, 2), (1, 2))),
        ("a = 1\n[a]\n", (("a",), (2, 2), (1, 1))),
        ("[x]\ny = {z = 1, z = 2}\n", (("x", "y", "z"), (2, 13), (2, 6))),
        ("[[t]]\na = 1\n[[t]]\na = 2\n", None),
        ("a.b = 1\na.c = 2\n", None),
    ],
)
def test_what_stands_twice_is_found(text: str, found: Any) -> None:
    assert doubled(text) == found


@pytest.mark.parametrize(
    ("text", "place"),
    [("a = 1\n", None), ("x = 1\n\na = [1, 2\n", (3, 1)), ('a = """open\n', (1, 1))],
)
def test_the_first_fault_has_a_place(text: str, place: Any) -> None:
    assert first_fault(text) == place


@given(st.text(max_size=60))
@at_most(max_examples=60)
def test_no_text_is_too_strange(text: str) -> None:
    """Positions are asked for while an error is reported; they must not raise another."""
    first_fault(text)
    doubled(text)
