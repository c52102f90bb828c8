"""What a user may rely on from one release to the next, and that its papers agree."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import negosim

PROJECT = Path(__file__).parents[2]
PUBLIC = {
    "NegosimError",
    "NegotiationModel",
    "Problem",
    "Record",
    "Scenario",
    "Solution",
    "Term",
    "__version__",
    "load_scenario",
    "plots",
    "run",
    "solve",
}


def test_the_public_names_are_these() -> None:
    assert set(negosim.__all__) == PUBLIC
    assert len(negosim.__all__) == len(PUBLIC)
    assert set(dir(negosim)) >= PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(negosim, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'no_such_name'"):
        _ = negosim.no_such_name


def test_the_package_says_that_it_is_typed() -> None:
    assert files("negosim").joinpath("py.typed").is_file()


def test_the_papers_carry_the_version_of_the_code() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    assert "version" not in project["project"], "negosim.__version__ is the one place"
    assert project["tool"]["hatch"]["version"]["path"] == "src/negosim/__init__.py"
    citation = (PROJECT / "CITATION.cff").read_text()
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == negosim.__version__
    assert f"## [{negosim.__version__}]" in (PROJECT / "CHANGELOG.md").read_text()


def test_constraints_name_versions_and_nothing_else() -> None:
    pin = re.compile(r'[a-z0-9_.-]+==[0-9][0-9a-z.]*( ; python_version (<|>=) "3\.12")?')
    lines = (PROJECT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 30
    assert [line for line in pins if not pin.fullmatch(line)] == []
