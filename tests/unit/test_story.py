"""What a run tells in words, on talks made by hand: lines, demands, answers, moods, votes, and deals re-opened."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from rich.console import Console

from negosim.sim.record import Record
from negosim.view import told
from negosim.view.at_home import AtHome
from negosim.view.story import headline, story

VOTE = {"needed_for": ["toll", "herd"], "chance": 0.38, "expected_chance": 0.55, "passed": False, "date": "2031-06-01"}
REJECTED = {"ending": "rejected", "agreement": False, "package": None, "vote": VOTE}


def rounds(record: Record) -> list[list[str]]:
    """Return the lines of the rounds."""
    return [lines for _, lines in story(record)]


def printed(parts) -> str:
    """Return what is printed, on a wide terminal."""
    console = Console(file=io.StringIO(), width=200, highlight=False)
    for part in parts:
        console.print(part, markup=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_home_comes_after_the_news_and_before_the_moves(talks) -> None:
    lines = rounds(talks())[1]
    assert lines[:4] == [
        "11 March 2031: the fair opens",
        "the North draws a red line: the bridge is ours (toll at most 8 percent)",
        "At home, the trades demand toll at least 4 percent, or cheap flour of 10 mn DAL; the North: yes, as a red line, "
        "which they accept",
        "At home, now lobbying: Millers",
    ]
    assert lines[4].startswith("the North, new offer")


def test_lines_from_the_start_and_lines_that_end_are_told(talks) -> None:
    first, _, third = rounds(talks())
    assert first[0] == "the South, public line from the start: no more herds (herd at most 60 thousand units)"
    assert "the North gives up its red line: the bridge is ours" in third


def test_payments_forced_lines_and_lapses_are_told(talks) -> None:
    third = rounds(talks())[2]
    assert [line for line in third if line.startswith("At home")] == [
        "At home, the trades demand herd at most 20 thousand units, or cheap flour of 30 mn DAL; the North: cheap flour of "
        "20 mn DAL, which they find too little",
        "At home, under pressure of the trades, the North is held to a red line: herd at most 40 thousand units",
        "At home, the lines of the North for the trades lapse: toll at least 4 percent",
        "At home, now mobilised: Millers; now lobbying: Bakers",
    ]


def test_a_demand_is_said_in_full_once(talks) -> None:
    made = talks()
    demand = made.home[(made.home["round"] == 2) & (made.home["action"] == "demand")]
    no = demand.iloc[:1].assign(action="refusal", issue=None, side=None, level=None)
    asked = [demand, no, demand.assign(round=3, day=28.0), no.assign(round=3, day=28.0)]
    again = talks(home=pd.concat(asked, ignore_index=True))
    said = [line for lines in rounds(again) for line in lines if "the trades" in line and "demand" in line]
    assert said == [
        "At home, the trades demand toll at least 4 percent, or cheap flour of 10 mn DAL; the North: refuses",
        "At home, the trades repeat their demand; the North: refuses",
    ]


def test_a_second_payment_raises_the_first(talks) -> None:
    paid = talks().home.iloc[[4, 5, 6, 7]]
    first = paid.assign(round=2, day=14.0, amount=[None, 30.0, 10.0, None])
    home = pd.concat([first, paid], ignore_index=True)
    said = [line for lines in rounds(talks(home=home)) for line in lines if "the trades" in line and "demand" in line]
    assert [line.split("; ")[1] for line in said] == [
        "the North: cheap flour of 10 mn DAL, which they find too little",
        "the North: cheap flour raised to 20 mn DAL, which they find too little",
    ]


def test_levels_that_fall_are_told(talks) -> None:
    pressure = talks().pressure.assign(level=[2, 1, 1, 0, 1, 1])
    at_home = AtHome(talks(pressure=pressure, home=talks().home.iloc[:0], lines=talks().lines.iloc[:0]))
    said = [at_home.lines(k + 1, day - 1.0, day) for k, day in enumerate((0.0, 14.0, 28.0))]
    assert said == [
        ["At home, now mobilised: Millers; now lobbying: Bakers"],
        ["At home, lobbying only: Millers; quiet again: Bakers"],
        ["At home, now lobbying: Bakers"],
    ]


def test_a_package_under_a_vote_says_its_chance(talks) -> None:
    offers = [line for lines in rounds(talks()) for line in lines if "offer" in line or "demand:" in line]
    assert [line for line in offers if "passes" in line] == [offers[2]]
    assert offers[2].endswith("[the North +5, the South +10; passes with 40 percent]")
    assert "where a vote is needed" in printed(told.one(talks()))
    assert "where a vote is needed" not in printed(told.one(talks(offers=talks().offers.assign(chance=1.0))))


def test_a_deal_that_is_voted_down_is_its_own_ending(talks) -> None:
    fell = talks(REJECTED)
    assert headline(fell) == "Signed on 29 March 2031, voted down: no deal."
    heading, lines = list(story(fell))[-1]
    assert heading == "The vote at home, 1 June 2031"
    assert lines == [
        "Needed for toll and herd. All expected it to pass with 55 percent; its true chance was 38 percent. It fails, so no "
        "deal holds."
    ]
    words = printed(told.one(fell))
    package = next(line for line in words.splitlines() if line.startswith("issue"))
    assert "signed" in package
    assert [line.split()[-2] for line in words.splitlines() if line.startswith("Toll at the bridge")] == ["4"]


@pytest.mark.parametrize(("passed", "end"), [(True, "It passes."), (False, "It fails, so no deal holds.")])
def test_a_vote_says_how_it_ended(talks, passed: bool, end: str) -> None:
    assert list(story(talks({"vote": {**VOTE, "passed": passed}})))[-1][1][0].endswith(end)


def test_a_deal_re_opened_from_above_is_told_with_its_answer(talks) -> None:
    made = talks().offers
    asked = made.iloc[[5]].assign(by="north", action="reopen", toll=6.0, gain_north=4.0, gain_south=20.0)
    for answer, said in (
        ("reject", "the South: no, to the re-opened deal (to a gain of +20)"),
        ("accept", "the South: yes"),
    ):
        reply = asked.assign(by="south", action=answer)
        lines = rounds(talks(offers=pd.concat([made, asked, reply], ignore_index=True)))[2]
        assert lines[-3:-1] == [
            "the North, the deal re-opened from above: toll 4 → 6 percent [the North +4, the South +20]",
            said,
        ]


def test_a_run_ends_with_what_groups_got(talks) -> None:
    words = printed(told.one(talks()))
    (row,) = [line.split() for line in words.splitlines() if line.startswith("the trades")]
    assert row == ["the", "trades", "the", "North", "0.67", "1.5", "1", "1", "20", "mn", "DAL", "(cheap", "flour)"]


def test_two_runs_show_their_homes_side_by_side(talks) -> None:
    quiet = talks(
        {"pressure": {}, "payments": {}},
        home=talks().home.iloc[:0],
        pressure=talks().pressure.iloc[:0],
        groups=talks().groups.iloc[:0],
    )
    words = printed(told.two(talks(), quiet, "base", "free"))
    (row,) = [line.split() for line in words.splitlines() if line.startswith("the trades")]
    assert row == ["the", "trades", "0.67", "–", "1", "line,", "20", "mn", "DAL", "–"]
    assert "At home" not in printed(told.one(quiet))
    assert "At home" not in printed(told.two(quiet, quiet, "one", "other"))
    both = printed(told.two(talks(), talks(REJECTED), "base", "vote"))
    assert "vote: Signed on 29 March 2031, voted down: no deal." in both
    assert "vote: signed" in both
