"""Whatever is wrong with the input: one message that says where, what and what is allowed; status 2; nothing written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SCENARIOS = tomllib.loads((HERE / "bad_scenarios.toml").read_text(encoding="utf-8"))["case"]
POLITICS = tomllib.loads((HERE / "bad_politics.toml").read_text(encoding="utf-8"))["case"]
ARGUMENTS = tomllib.loads((HERE / "bad_arguments.toml").read_text(encoding="utf-8"))["case"]


ORCHARD = HERE.parent / "scenarios" / "orchard"


@pytest.fixture
def orchard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(ORCHARD, tmp_path / "orchard"))


def edit(folder: Path, file: str, old: str | None = None, new: str | None = None) -> None:
    path = folder / file
    if old is not None:
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        path.write_text(text.replace(old, new or "", 1), encoding="utf-8")
    elif new is None:
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text(new, encoding="utf-8")


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in folder.rglob("*")}


def matches(message: str, expected: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(f"(negosim: )?{pattern}\\s*", message, re.DOTALL) is not None


def assert_refused(ended: Any, expected: str) -> None:
    assert ended.status == 2
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert matches(ended.err, expected), ended.err
    if "…" not in expected:
        assert ended.err.count("\n") == expected.count("\n") + 1


@pytest.mark.parametrize("case", SCENARIOS, ids=[case["name"] for case in SCENARIOS])
def test_a_broken_scenario_is_refused(case: dict[str, Any], harbour, negosim) -> None:
    for change in case["edit"]:
        edit(harbour, **change)
    before = snapshot(harbour.parent)
    assert_refused(negosim("run", "harbour", "--out", "results"), case["message"])
    assert snapshot(harbour.parent) == before


@pytest.mark.parametrize("case", POLITICS, ids=[case["name"] for case in POLITICS])
def test_broken_politics_are_refused(case: dict[str, Any], orchard: Path, negosim) -> None:
    for change in case["edit"]:
        edit(orchard, **change)
    before = snapshot(orchard.parent)
    assert_refused(negosim("run", "orchard", "--out", "results"), case["message"])
    assert snapshot(orchard.parent) == before


@pytest.mark.parametrize("case", ARGUMENTS, ids=[case["name"] for case in ARGUMENTS])
def test_arguments_that_make_no_sense_are_refused(case: dict[str, Any], harbour, negosim) -> None:
    before = snapshot(harbour.parent)
    assert_refused(negosim(*case["arguments"]), case["message"])
    assert snapshot(harbour.parent) == before


def test_the_cases_have_names_of_their_own() -> None:
    for cases in (SCENARIOS, POLITICS, ARGUMENTS):
        names = [case["name"] for case in cases]
        assert len(set(names)) == len(names) > 40


def test_every_message_about_a_scenario_names_a_file_that_is_there(harbour, orchard) -> None:
    """A line begins with file:line:column, or file:line for text that is no text, or file for one of a wrong name."""
    for folder, cases in ((harbour, SCENARIOS), (orchard, POLITICS)):
        for case in cases:
            for line in case["message"].splitlines():
                found = re.match(rf"{folder.name}/([^:]+)(:\d+:\d+)?: ", line)
                assert found, line
                gone = [change["file"] for change in case["edit"] if "new" not in change]
                added = [change["file"] for change in case["edit"] if "old" not in change]
                assert (folder / found[1]).is_file() or found[1] in [*gone, *added]
                assert found[2] or "no part of a scenario" in line


def test_all_errors_come_at_once_file_by_file_and_line_by_line(harbour, negosim) -> None:
    """Wrong shape, wrong names and wrong dates do not hide each other, and nothing is said twice."""
    for case in ("misspelt seat", "rounds out of order", "unit not in the list", "misspelt account in a term",
                 "unknown key of a party", "misspelt tactic", "fact number twice", "missing key"):  # fmt: skip
        for change in next(c for c in SCENARIOS if c["name"] == case)["edit"]:
            edit(harbour, **change)
    ended = negosim("check", "harbour")
    places = [re.match(r"harbour/([^:]+):(\d+):(\d+): ", line) for line in ended.err.splitlines()]
    assert all(places)
    found = [(place[1], int(place[2])) for place in places]  # type: ignore[index]
    assert [file for file, _ in found] == ["scenario.toml"] * 3 + ["facts.toml", "issues.toml"] + [
        "parties/north.toml"
    ] * 3
    for file in {file for file, _ in found}:
        assert (lines := [line for f, line in found if f == file]) == sorted(lines)
    assert ended.status == 2


def test_latin_1_is_refused_with_its_line(harbour, negosim) -> None:
    (harbour / "parties" / "north.toml").write_bytes('label = "North"\nnote = "Nordföhr"\n'.encode("latin-1"))
    expected = "harbour/parties/north.toml:2: not UTF-8 text (byte 0xf6); save the file as UTF-8"
    assert_refused(negosim("check", "harbour"), expected)
    (harbour / "parties" / "north.toml").write_bytes(b"\xff\xfel\x00")
    expected = "harbour/parties/north.toml:1: not UTF-8 text (byte 0xff); save the file as UTF-8"
    assert_refused(negosim("check", "harbour"), expected)


def test_a_script_in_latin_1_is_refused(harbour, negosim) -> None:
    (harbour / "south.csv").write_bytes("action,customs,quota,language\noffer,20,60,sürn\n".encode("latin-1"))
    ended = negosim("check", "harbour", "--with", "scripted")
    assert_refused(
        ended,
        "harbour/overrides.toml:11:8 (override scripted): parties.south.tactics.0.script: "
        "south.csv: not UTF-8 text; save the file as UTF-8",
    )


def test_nested_without_end(harbour, negosim) -> None:
    (harbour / "issues.toml").write_text("a = " + "[" * 5000)
    ended = negosim("check", "harbour")
    assert ended.status == 2
    assert re.fullmatch(r"negosim: harbour/issues.toml(:1:\d+)?: not valid TOML: .*\n", ended.err)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_that_may_not_be_read(harbour, negosim) -> None:
    (harbour / "issues.toml").chmod(0)
    assert_refused(negosim("check", "harbour"), "harbour/issues.toml: cannot be read: Permission denied")


def test_a_folder_in_the_place_of_a_file(harbour, negosim) -> None:
    (harbour / "facts.toml").unlink()
    (harbour / "facts.toml").mkdir()
    assert_refused(negosim("check", "harbour"), "harbour/facts.toml: cannot be read: Is a directory")


def test_no_scenario_toml(harbour, negosim) -> None:
    (harbour / "scenario.toml").unlink()
    expected = "harbour: no scenario.toml in this folder, so it is not a scenario"
    assert_refused(negosim("run", "harbour"), expected)


def test_byte_order_mark_and_windows_lines_are_welcome(harbour, negosim) -> None:
    for file in (*harbour.rglob("*.toml"), *harbour.glob("*.csv")):
        text = file.read_text(encoding="utf-8")
        file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert negosim("check", "harbour", "--with", "scripted").status == 0
    edit(harbour, "issues.toml", 'conceding = "south"', 'conceding = "suoth"')
    assert "harbour/issues.toml:7:1: " in negosim("check", "harbour").err


def test_hindsight_is_never_read(harbour, negosim) -> None:
    (harbour / "hindsight.toml").write_text("= [[[ broken")
    for command in (["check"], ["check", "--sources"], ["solve"], ["run"]):
        assert negosim(command[0], "harbour", *command[1:]).status == 0


def test_an_override_is_named_with_what_it_sets(harbour, negosim) -> None:
    edit(harbour, "overrides.toml", '"values.chance_of_more_time" = 0', '"values.chance_of_more_time" = 0.7')
    assert negosim("check", "harbour").status == 0
    assert_refused(
        negosim("check", "harbour", "--with", "no_more_time"),
        "harbour/overrides.toml:7:8 (override no_more_time): values.chance_of_more_time: "
        "the value 0.7 lies outside its range [0, 0.5]; change one or the other",
    )


def test_a_folder_with_other_results_stays_as_it_is(harbour, negosim) -> None:
    assert negosim("run", "harbour", "--seed", "1", "--no-figures", "--out", "results").status == 0
    before = snapshot(harbour.parent)
    for other in (
        ["--seed", "2"],
        ["--seed", "1", "--with", "no_more_time"],
        ["--set", "values.hope=0.1", "--seed", "1"],
    ):
        ended = negosim("run", "harbour", *other, "--no-figures", "--out", "results")
        assert_refused(
            ended,
            "results: this folder holds another run (harbour, seed 1); nothing was written; give a new or empty folder",
        )
        assert snapshot(harbour.parent) == before


def test_a_changed_script_makes_another_run(harbour, negosim) -> None:
    arguments = ["run", "harbour", "--with", "scripted", "--no-figures", "--out", "results"]
    assert negosim(*arguments).status == 0
    assert negosim(*arguments).status == 0
    edit(harbour, "south.csv", "offer,20,60,southern", "offer,15,60,southern")
    assert negosim(*arguments).status == 2


@pytest.mark.parametrize(
    ("file", "text"), [("outcome.json", "{"), ("outcome.json", ""), ("gains.csv", ""), ("gains.csv", None)]
)
def test_plotting_a_damaged_run(file: str, text: str | None, harbour, negosim) -> None:
    assert negosim("run", "harbour", "--no-figures", "--out", "results").status == 0
    edit(harbour.parent / "results", file, new=text)
    ended = negosim("plot", "results")
    assert ended.status == 2
    assert re.match(r"negosim: results: a file of this run is missing or damaged: ", ended.err)
    assert "Traceback" not in ended.err


def test_the_installed_command_says_the_same(harbour) -> None:
    """In a process of its own: message on standard error, status 2, nothing on standard output."""
    edit(harbour, "scenario.toml", "range = [3, 5]", "range = [5, 6]")
    command = [Path(sys.executable).with_name("negosim"), "run", "harbour"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=harbour.parent, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "negosim: harbour/scenario.toml:35:2: values.dal_per_crn: the value 4 lies outside its range [5, 6]; "
        "change one or the other\n"
    )
