"""The pages about scenarios against the code: every snippet runs, every table of keys says what the code says."""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel

import negosim
from negosim.core.acceptance import ACCEPTANCE
from negosim.core.beliefs import BELIEFS
from negosim.core.incidence import INCIDENCE
from negosim.core.markets import MARKETS
from negosim.core.parameters import LIMITS, parameters
from negosim.core.protocol import PROTOCOLS
from negosim.core.tactics import BIDDING
from negosim.scenario import fields, schema
from negosim.scenario.load import load_scenario
from negosim.scenario.solve import solve
from negosim.sim.record import run

DOCS = Path(__file__).parents[2] / "docs"
FORMAT = (DOCS / "scenario_format.md").read_text(encoding="utf-8")
HOW_TO = (DOCS / "how_to_add.md").read_text(encoding="utf-8")
PACKAGE = Path(negosim.__file__).parent
KINDS = {**MARKETS, **INCIDENCE}
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets(page, *first):
    """Return (words of the fence, text) of the snippets whose fence starts with the given words."""
    found = [(fence.split(), text) for fence, text in FENCE.findall(page)]
    return [(words, text) for words, text in found if tuple(words[: len(first)]) == first]


def section(page, title):
    """Return the text under a heading up to the next one of its depth or above."""
    head = re.search(rf"^(#+) {re.escape(title)}$", page, re.MULTILINE)
    assert head, f"no section '{title}'"
    rest = page[head.end() :]
    after = re.search(rf"^#{{1,{len(head[1])}}} ", rest, re.MULTILINE)
    return rest[: after.start()] if after else rest


def table(text, head):
    """Return the rows of the first table whose header starts with a word, as lists of cells without backticks."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(f"| {head} |"):
            next(lines)
            return [
                [cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]
                for row in iter(lambda: next(lines, ""), "")
            ]
    raise AssertionError(f"no table that starts with '{head}'")


def words_of(text):
    return re.findall(r"`([^`\n]+)`", text)


# ---- the keys of every table ----


def models(model=schema.Document):
    """Return every model that a document is made of."""
    found = {model.__name__: model}
    for field in model.model_fields.values():
        for inner in inner_models(field.annotation):
            if inner.__name__ not in found:
                found.update(models(inner))
    return found


def inner_models(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in inner_models(part)]


MARKED = dict(re.findall(r"<!-- keys: (\w+) -->\n+((?:\|[^\n]*\n)+)", FORMAT))
"""Text of the table of keys of each model."""


def test_every_model_has_one_table_of_keys_and_no_other_has():
    assert len(re.findall("<!-- keys: ", FORMAT)) == len(MARKED)
    assert set(MARKED) == set(models())


def expected_keys(name):
    """Return key → field of a model; what only the program sets is no key, and a party's behaviour has its own table."""
    own = models()[name].model_fields
    if name == "Party":
        own = {key: field for key, field in own.items() if key not in schema.Behaviour.model_fields}
    return {field.alias or key: field for key, field in own.items() if key != "pinned"}


@pytest.mark.parametrize("name", models())
def test_a_table_of_keys_has_the_fields_of_the_schema_and_their_defaults(name):
    expected = expected_keys(name)
    rows = {row[0]: row for row in table(MARKED[name], "key")}
    assert list(rows) == list(expected)
    for key, (_, kind, default, meaning) in rows.items():
        field = expected[key]
        assert kind, key
        assert len(meaning) > 5, key
        assert (default == "required") == field.is_required(), key
        if default != "required":
            assert plain(field.get_default(call_default_factory=True)) == stated(default), key


def plain(default):
    """Return a default as plain data; whatever says nothing is None."""
    if isinstance(default, list):
        default = [plain(item) for item in default]
    if isinstance(default, BaseModel):
        default = default.model_dump(exclude_defaults=True, exclude_none=True)
    return None if default is None or default in ("", [], {}) else default


def stated(cell):
    """Return a default as a table states it: as in a TOML file, or a dash for nothing."""
    return None if cell == "–" else tomllib.loads(f"value = {cell}")["value"]


# ---- closed lists ----


def test_the_units_are_the_units_of_the_code():
    assert words_of(section(FORMAT, "Units").split("\n\n")[2]) == list(fields.UNITS)
    for unit in words_of(section(FORMAT, "Units")):
        assert fields.unit(unit) == unit


@pytest.mark.parametrize(
    ("title", "model", "key"),
    [
        ("Kinds of values", schema.Value, "kind"),
        ("Kinds of sources", schema.Source, "kind"),
        ("Forms", schema.Term, "form"),
        ("Roles", schema.Party, "role"),
    ],
)
def test_a_closed_list_is_that_of_the_schema(title, model, key):
    rows = table(section(FORMAT, title), key)
    assert [row[0] for row in rows] == list(typing.get_args(model.model_fields[key].annotation))


def test_the_protocols_are_those_of_the_code():
    assert [row[0] for row in table(section(FORMAT, "Protocols"), "kind")] == list(PROTOCOLS)


def test_every_kind_of_market_has_a_section_and_no_other_has():
    assert re.findall(r"^#### (\w+)$", section(FORMAT, "Kinds of market"), re.MULTILINE) == list(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_market_takes_and_gives_what_the_page_says(name):
    kind = KINDS[name]
    text = section(FORMAT, name)
    taken = inspect.signature(kind.function).parameters.values()
    expected = [
        [
            p.name,
            "number" if p.kind is p.KEYWORD_ONLY else "input",
            kind.takes[p.name],
            ("required" if p.default is p.empty else f"{p.default:g}") if p.kind is p.KEYWORD_ONLY else "required",
        ]
        for p in taken
    ]
    assert [row[:4] for row in table(text, "takes")] == expected
    assert [row[:2] for row in table(text, "gives")] == [[q, unit] for q, unit in kind.units.items()]


@pytest.mark.parametrize(
    ("title", "known"), [("Tactics", BIDDING), ("Acceptance rules", ACCEPTANCE), ("Beliefs", BELIEFS)]
)
def test_the_rules_and_their_parameters_are_those_of_the_code(title, known):
    rows = {row[0]: row[1] for row in table(section(FORMAT, title), "name")}
    rows.pop("scripted", None)  # a list of moves, not a formula
    expected = {
        name: ", ".join(
            f"{parameter} = {default:g} ({LIMITS[parameter]})"
            for parameter, (_, default) in parameters(function).items()
        )
        or "–"
        for name, function in known.items()
    }
    assert rows == expected


# ---- snippets ----


def write(folder, text):
    folder.mkdir(parents=True)
    (folder / "scenario.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_complete_scenario_of_the_reference_loads_solves_and_runs(tmp_path):
    complete = snippets(FORMAT, "toml", "complete")
    assert len(complete) >= 2
    for k, (_, text) in enumerate(complete):
        scenario = load_scenario(write(tmp_path / f"complete_{k}", text))
        assert solve(scenario).n_rational > 0
        assert len(run(scenario, seed=1).offers) > 0


def test_every_other_snippet_of_the_reference_is_toml_of_the_schema():
    for words, text in snippets(FORMAT, "toml"):
        given = tomllib.loads(text)
        if "complete" not in words:
            (model,) = (models()[word] for word in words[1:] if word in models())
            for entry in given.values():
                model.model_validate(entry)


def test_every_snippet_and_command_of_the_other_page_works(tmp_path):
    """Grow the example step by step, in a copy of the program that gets the functions of the page."""
    copy = tmp_path / "src" / "negosim"
    copy_package(copy)
    steps = []
    work = tmp_path / "work"
    for fence, text in FENCE.findall(HOW_TO):
        words = fence.split()
        if words[0] == "toml":
            file = work / words[-1]
            file.parent.mkdir(parents=True, exist_ok=True)
            assert file.exists() == (words[1] in ("append", "replace")), fence
            steps.append(["replace" if words[1] == "replace" else "write", str(file), text])
            file.touch()
        elif words[0] == "python":
            insert(copy / words[1], text, *words[2:])
        elif words[0] == "sh":
            for line in text.strip().splitlines():
                command, *arguments = shlex.split(line)
                assert command == "negosim"
                steps.append(["call", *arguments])
    for file in work.rglob("*.toml"):
        file.unlink()
    assert {step[1] for step in steps if step[0] == "call"} >= {"check", "solve", "run"}
    done = subprocess.run(
        [sys.executable, "-c", PLAY, json.dumps(steps)],
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(copy.parent)},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert f"played with {copy}" in done.stdout
    for told in ("draws a red line", "At home, UK farmers", "now lobbying", "What moves it most", "The vote at home"):
        assert told in done.stdout
    assert (work / "results" / "uk_us" / "figures" / "home_table.png").exists()


PLAY = r"""
import json, re, sys
from pathlib import Path
import negosim
from negosim.cli import app
from negosim.scenario.load import load_scenario

for what, *given in json.loads(sys.argv[1]):
    if what == "call":
        print("$ negosim", *given)
        app(given, standalone_mode=False)
        continue
    file, text = given
    print("#", file)
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    if what == "replace":
        before = Path(file).read_text(encoding="utf-8")
        old = re.compile(re.escape(text.splitlines()[0]) + r"\n(?:[^\[\n].*\n)*")
        after, times = old.subn(lambda found: text, before)
        assert times == 1, f"{file} has {times} tables to replace by {text}"
        Path(file).write_text(after, encoding="utf-8")
    else:
        with open(file, "a", encoding="utf-8") as out:
            out.write(text)
    folder = next(p for p in Path(file).parents if p.parent == Path.cwd())
    plain = load_scenario(folder)
    for override in plain.document.overrides:
        assert load_scenario(folder, [override]).digest != plain.digest
print("played with", Path(negosim.__file__).parent)
"""


def copy_package(target):
    for source in PACKAGE.rglob("*.py"):
        inside = source.relative_to(PACKAGE)
        if "configs" in inside.parts:
            continue
        (target / inside).parent.mkdir(parents=True, exist_ok=True)
        (target / inside).write_text(source.read_text(encoding="utf-8"), encoding="utf-8")


def insert(file, text, name=None):
    """Put a function above the table of a module, or a line into the table of this name."""
    source = file.read_text(encoding="utf-8")
    head = re.search(rf"^{name or '[A-Z]+'}: .*=", source, re.MULTILINE)
    assert head, f"{file.name} has no table {name}"
    at = head.start() if name is None else source.index("{", head.end()) + 1
    file.write_text(f"{source[:at]}\n{text}\n\n{source[at:]}", encoding="utf-8")


def test_links_of_both_pages_lead_somewhere():
    for page in (FORMAT, HOW_TO):
        for file, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", page):
            target = DOCS / file if file else None
            text = page if target is None else target.read_text(encoding="utf-8")
            heads = {
                re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-")
                for head in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
            }
            assert not anchor or anchor in heads, f"{file}#{anchor}"
