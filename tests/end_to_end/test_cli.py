"""The command line as a user meets it: what goes where, with which status, and the same twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("negosim")


def files(folder: Path) -> dict[str, bytes]:
    """Return all files of a run but the manifest, which holds the time of writing."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "manifest.json"
    }


def test_check_shows_what_a_scenario_is_made_of(harbour, negosim):
    ended = negosim("check", "harbour")
    assert (ended.status, ended.err) == (0, "")
    for expected in (
        "Harbour (invented): sound",
        "45 packages",
        "traders_too",
        "Shippers",
        "1 March 2031",
        "32 values",
    ):
        assert expected in ended.out


def test_check_lists_sources(harbour, negosim):
    ended = negosim("check", "harbour", "--sources")
    assert (ended.status, ended.err) == (0, "")
    assert "wool_exports" in ended.out
    assert "gazette" in ended.out
    assert "fixed" in ended.out


def test_check_with_an_override_and_a_setting(harbour, negosim):
    ended = negosim("check", "harbour", "--with", "traders_too", "--set", "issues.language.on_table=false")
    assert ended.status == 0
    assert "15 packages" in ended.out
    assert "Traders of both shores" in ended.out


def test_solve_shows_every_solution(harbour, negosim):
    ended = negosim("solve", "harbour")
    assert (ended.status, ended.err) == (0, "")
    for expected in ("Nash", "Kalai–Smorodinsky", "egalitarian", "utilitarian", "45 packages"):
        assert expected in ended.out


def test_solve_as_json(harbour, negosim):
    ended = negosim("solve", "harbour", "--json", "--with", "no_more_time")
    assert (ended.status, ended.err) == (0, "")
    data = json.loads(ended.out)
    assert data["packages"] == 45
    assert data["applied"] == ["no_more_time"]
    assert {row["package"] for row in data["solutions"]} >= {"status quo", "no deal", "Nash"}


def test_run_tells_a_story(harbour, negosim):
    ended = negosim("run", "harbour", "--seed", "3")
    assert (ended.status, ended.err) == (0, "")
    for expected in ("Harbour (invented), seed 3", "Who gains, who pays", "Shippers", "trade across the water"):
        assert expected in ended.out


def test_run_as_json_is_the_outcome_that_is_saved(harbour, negosim):
    ended = negosim("run", "harbour", "--seed", "3", "--json", "--no-figures", "--out", "results")
    assert ended.status == 0
    assert ended.err == "written to results\n"
    assert ended.out == (harbour.parent / "results" / "outcome.json").read_text(encoding="utf-8")
    assert json.loads(ended.out)["seed"] == 3


def test_the_same_run_twice_gives_the_same_bytes(harbour, negosim):
    first = negosim("run", "harbour", "--no-figures", "--out", "one")
    again = negosim("run", "harbour", "--no-figures", "--out", "one")
    other = negosim("run", "harbour", "--no-figures", "--out", "two")
    assert [ended.status for ended in (first, again, other)] == [0, 0, 0]
    assert first.out == again.out == other.out
    assert files(harbour.parent / "one") == files(harbour.parent / "two")
    assert negosim("run", "harbour", "--seed", "1").out != first.out


def test_run_against_an_override(harbour, negosim):
    ended = negosim("run", "harbour", "--against", "no_more_time", "--no-figures", "--out", "results")
    assert (ended.status, ended.err.splitlines()) == (0, ["written to results/base", "written to results/no_more_time"])
    for expected in ("base: ", "no_more_time: ", "base: gain", "no_more_time: gain"):
        assert expected in ended.out
    base, other = (files(harbour.parent / "results" / name) for name in ("base", "no_more_time"))
    assert base.keys() == other.keys()
    assert json.loads(other["outcome.json"])["applied"] == ["no_more_time"]
    both = json.loads(negosim("run", "harbour", "--against", "no_more_time", "--json").out)
    assert list(both) == ["base", "no_more_time"]
    assert both["base"] == json.loads(base["outcome.json"])


def test_run_without_a_folder_writes_nothing(harbour, negosim):
    before = sorted(harbour.parent.rglob("*"))
    assert negosim("run", "harbour").status == 0
    assert sorted(harbour.parent.rglob("*")) == before


def test_a_scripted_run(harbour, negosim):
    outcome = json.loads(negosim("run", "harbour", "--with", "scripted", "--json").out)
    assert outcome["drawn"]["south"]["tactic"] == "scripted"


def test_run_says_what_would_flip_it(harbour, negosim):
    ended = negosim("run", "harbour", "--seed", "3", "--flip", "--no-figures", "--out", "results", "--workers", "1")
    assert (ended.status, ended.err) == (0, "written to results\n")
    for expected in (
        "Harbour (invented), seed 3",
        "moved to both ends of the range",
        "customs of South on goods from North",
    ):
        assert expected in ended.out
    saved = files(harbour.parent / "results")
    assert saved["flip.csv"].startswith(b"value,unit,low,high,start,")
    told = negosim("run", "harbour", "--seed", "3", "--flip", "--issue", "language", "--value", "hope", "--json")
    data = json.loads(told.out)
    assert [moved["value"] for moved in data["flip"]["moved"]] == ["hope"]
    assert data["flip"]["issue"] == "language"
    del data["flip"]
    assert data == json.loads(saved["outcome.json"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--flip", "--against", "no_more_time"], "--flip looks at one run and --against at two; give one of them"),
        (["--issue", "customs"], "--issue says how --flip works; add --flip"),
        (["--workers", "1"], "--workers says how --flip works; add --flip"),
        (["--flip", "--issue", "custom"], "the issue 'custom' does not exist (did you mean 'customs'?)"),
        (["--flip", "--value", "hop"], "no value 'hop' (did you mean 'hope'?)"),
        (["--flip", "--out", "harbour"], "harbour: this folder already holds other files"),
    ],
    ids=["two runs", "an issue alone", "workers alone", "no issue", "no value", "a foreign folder"],
)
def test_flip_refuses(arguments, message, harbour, negosim):
    ended = negosim("run", "harbour", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"negosim: {message}")


def test_compare_shows_every_override(harbour, negosim):
    ended = negosim("compare", "harbour", "--seeds", "3", "--workers", "1")
    assert (ended.status, ended.err) == (0, "")
    for expected in (
        "Harbour: seeds 0 to 2",
        "base",
        "traders_too",
        "What if the deadline cannot move?",
        "customs of South",
    ):
        assert expected in ended.out
    table = negosim("compare", "harbour", "--with", "no_more_time", "--seeds", "3", "--workers", "1", "--markdown")
    assert table.out.startswith("# What each override changes: Harbour\n")
    assert "negosim compare harbour --with no_more_time --seeds 3 --markdown" in table.out
    data = json.loads(negosim("compare", "harbour", "--seeds", "2", "--workers", "1", "--json").out)
    assert [row["override"] for row in data["rows"]] == ["base", "traders_too", "no_more_time", "scripted"]


def test_compare_refuses(harbour, negosim):
    ended = negosim("compare", "harbour", "--with", "no_more_tim")
    assert (ended.status, ended.out) == (2, "")
    assert "no override 'no_more_tim' (did you mean 'no_more_time'?)" in ended.err
    assert negosim("compare", "harbour", "--json", "--markdown").status == 2


def test_compare_reports_runs_that_fail_and_keeps_the_others(harbour, negosim, monkeypatch):
    from negosim.sim import ended as ended_module

    true = ended_module.negotiate

    def negotiate(scenario, seed):
        if seed == 1:
            raise ZeroDivisionError("as if")
        return true(scenario, seed)

    monkeypatch.setattr(ended_module, "negotiate", negotiate)
    ended = negosim("compare", "harbour", "--with", "no_more_time", "--seeds", "3", "--workers", "1")
    assert ended.status == 1
    assert "FAILED: no_more_time, seed 1: ZeroDivisionError: as if" in ended.out
    assert "What if the deadline cannot move?" in ended.out


@pytest.mark.parametrize(
    "command", [[], ["check"], ["solve"], ["run"], ["compare"], ["plot"]], ids=lambda c: c[0] if c else "negosim"
)
def test_help(command, negosim):
    ended = negosim(*command, "--help")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("Usage: ")
    assert "--help" in ended.out


def test_version(negosim):
    import negosim as package

    assert negosim("--version").out == f"negosim {package.__version__}\n"


def test_without_a_command_help_is_shown(negosim):
    ended = negosim()
    assert (ended.out + ended.err).startswith("Usage: ")


def test_shipped_scenarios_are_found_by_name_from_anywhere(tmp_path, monkeypatch, negosim):
    monkeypatch.chdir(tmp_path)
    assert "Two neighbours (invented): sound" in negosim("check", "two_neighbours").out


def test_a_reader_that_stops_early_is_no_error(harbour):
    """As with ``negosim run harbour | head -1``."""
    run = subprocess.Popen(
        [COMMAND, "run", "harbour"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=harbour.parent
    )
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.close()
    complaint = run.stderr.read()
    run.stderr.close()
    assert run.wait(timeout=60) in (0, 1)
    assert complaint == b""


def test_the_installed_command_gives_the_same_bytes_in_two_processes(harbour):
    runs = [
        subprocess.run(
            [COMMAND, "run", "harbour", "--seed", "5", "--json"],
            capture_output=True,
            cwd=harbour.parent,
            check=True,
            timeout=60,
        )
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout
    assert json.loads(runs[0].stdout)["seed"] == 5
    assert runs[0].stderr == b""
