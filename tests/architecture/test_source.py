"""What the source has to look like: short, explained, finished, and about no one country."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import negosim

PACKAGE = Path(negosim.__file__).parent
PROJECT = Path(__file__).parents[2]
SCENARIO = PROJECT / "configs" / "us_japan_2025"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "configs" not in p.relative_to(PACKAGE).parts)
NAMES = [str(file.relative_to(PACKAGE)) for file in FILES]

LONGEST = 400
MAY_BE_LONGER: dict[str, int] = {}
"""Files allowed to be longer, and how long; empty unless there is a reason that a reader would accept."""

COUNTRIES = (
    "americans?|australian?|brazil(ian)?|brit(ain|ish)|canad(a|ian)|chin(a|ese)|england|eu|europe(an)?|france|french"
    "|german(y)?|indian?|indonesian?|ital(y|ian)|japan(ese)?|korean?|mexic(o|an)|russian?|swiss|switzerland|taiwan"
    "|thailand|tokyo|turkish|uk|usa|vietnam|washington|america|united[ _]states"
)
PRODUCTS = (
    "alumini?um|automakers?|automobiles?|autos|beef|cars?|corn|lng|pork|potato(es)?|rice|seafood|soy|soybeans?|steel"
    "|trucks?|vehicles?|wheat"
)
WORDS = re.compile(rf"(?<![a-z])({COUNTRIES}|{PRODUCTS})(?![a-z])", re.IGNORECASE)
ABBREVIATION = re.compile(r"(?<![A-Za-z])(U\.S\.|US(?![A-Za-z])|us(?=_))|(?<=_)us(?![A-Za-z])")
"""The one country whose short name is also a pronoun: capitals, or a part of a name."""

EVERYDAY = {"farmers", "investment", "parts", "purchases"}
"""Names in the scenario that are also words of economics; those of them that name a product stand above."""


def ids_of(folder: Path) -> set[str]:
    """Return the names of a scenario's parties, groups, issues and markets, and of the scenario itself."""
    with (folder / "scenario.toml").open("rb") as file:
        names = {folder.name, *tomllib.load(file).get("groups", {})}
    names |= {party.stem for party in (folder / "parties").glob("*.toml")}
    for section in ("issues", "markets"):
        with (folder / f"{section}.toml").open("rb") as file:
            names |= set(tomllib.load(file)) - {"values"}
    return names


def of_one_scenario(source: str, ids: set[str]) -> list[str]:
    """Return the countries, products, parties, issues and markets that a source names."""
    named = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, sorted(ids - EVERYDAY)))})(?!\w)")
    return [hit.group() for pattern in (WORDS, ABBREVIATION, named) for hit in pattern.finditer(source)]


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_no_code_names_a_country_a_product_or_a_party(file: Path) -> None:
    assert of_one_scenario(file.read_text(), ids_of(SCENARIO)) == []


@pytest.mark.parametrize(
    "line",
    [
        'home = "Japan"',
        "tariff_on_cars = 0.25",
        'if party == "us_government":',
        "# what the US asks for",
        'reserve["toyota"]',
        'def run(scenario="us_japan_2025"):',
        'level["reciprocal_tariff"]',
    ],
)
def test_a_name_of_one_scenario_is_noticed(line: str) -> None:
    assert of_one_scenario(line, ids_of(SCENARIO)) != []


@pytest.mark.parametrize(
    "line",
    ["it tells us", "usd_per_usd, yen_per_kg", "two_neighbours", "a scarce price", "parts of a sum"],
)
def test_ordinary_words_are_not_names(line: str) -> None:
    assert of_one_scenario(line, ids_of(SCENARIO)) == []


def test_files_are_short() -> None:
    lines = {name: len(file.read_text().splitlines()) for name, file in zip(NAMES, FILES, strict=True)}
    assert {name: n for name, n in lines.items() if n > MAY_BE_LONGER.get(name, LONGEST)} == {}
    assert [name for name in MAY_BE_LONGER if lines.get(name, 0) <= LONGEST] == [], "no longer needs to be listed"


def public_definitions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield the module, and its public classes and functions with the public methods of the classes."""
    yield "the module", tree
    definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in tree.body:
        if isinstance(node, definitions) and not node.name.startswith("_"):
            yield node.name, node
            for inner in node.body if isinstance(node, ast.ClassDef) else []:
                if isinstance(inner, definitions) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_everything_public_is_explained(file: Path) -> None:
    tree = ast.parse(file.read_text())
    assert [name for name, node in public_definitions(tree) if not ast.get_docstring(node)] == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile("|".join(rf"\b{a}{b}\b" for a, b in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"))))
    kinds = {".py", ".toml", ".md", ".cff", ".txt", ""}
    files = [p for p in PROJECT.iterdir() if p.is_file() and p.suffix in kinds and not p.name.startswith(".")]
    for room in ("src", "configs", "tests", "docs", "experiments", "benchmarks"):
        files += [p for p in (PROJECT / room).rglob("*") if p.is_file() and p.suffix in kinds]
    found = [str(p.relative_to(PROJECT)) for p in files if marks.search(p.read_text())]
    assert found == []
