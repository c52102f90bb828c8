"""Overrides side by side over the same seeds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from negosim.core.intervals import paired_difference, wilson
from negosim.errors import NegosimError
from negosim.output import as_json
from negosim.sim import ended as ended_module
from negosim.sim.compare import Row, compare
from negosim.sim.ended import Ended, Stopped
from negosim.view.compared import comparison_data, page

HARBOUR = Path(__file__).parents[1] / "scenarios" / "harbour"


# ---- intervals ----


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(k, n, low, high):
    """Newcombe (1998), "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, table I."""
    found = wilson(k, n)
    assert (found.share, found.low, found.high) == pytest.approx((k / n, low, high), abs=5e-5)


def test_wilson_is_the_same_from_the_other_side():
    one, other = wilson(7, 30), wilson(23, 30)
    assert (other.low, other.high) == pytest.approx((1 - one.high, 1 - one.low))
    assert wilson(0, 0) is None


def test_runs_that_never_differ_leave_a_narrow_interval_around_nothing():
    """Half of 100 in both: the Wilson interval is 0.5 ± 0.0962, the correlation (2500 - 50) / 2500 = 0.98."""
    found = paired_difference({(True, True): 50, (False, False): 50})
    width = 0.0962 * (2 - 2 * 0.98) ** 0.5
    assert (found.share, found.low, found.high) == pytest.approx((0.0, -width, width), abs=1e-4)


def test_a_difference_changes_its_sign_with_the_order():
    one = paired_difference({(True, True): 12, (True, False): 9, (False, True): 2, (False, False): 7})
    other = paired_difference({(True, True): 12, (True, False): 2, (False, True): 9, (False, False): 7})
    assert one.share == pytest.approx(7 / 30)
    assert (other.share, other.low, other.high) == pytest.approx((-one.share, -one.high, -one.low))
    assert one.low < one.share < one.high


def test_pairs_that_agree_are_known_more_closely_than_pairs_that_do_not():
    agree = paired_difference({(True, True): 40, (True, False): 10, (False, False): 50})
    differ = paired_difference({(True, True): 10, (True, False): 40, (False, True): 30, (False, False): 20})
    assert agree.share == pytest.approx(differ.share)
    assert agree.high - agree.low < differ.high - differ.low
    assert paired_difference(Counter()) is None


# ---- a row ----


def run(ending="deal", level=10.0, *, day=1.0, phase=1, shares=None):
    return Ended(ending, level if ending == "deal" else None, phase, int(day), day, None, 4, shares or {})


def row(*runs):
    return Row("dry", "What if it is dry?", {"ann": "Ann", "bob": "Bob"}, runs)


def test_a_row_counts_endings():
    found = row(run(), run(phase=2), run("no_deal"), run("rejected"), Stopped("as if", broken=True))
    assert found.deal == wilson(2, 4)
    assert found.by_first_deadline == wilson(1, 4)
    assert found.rejected == wilson(1, 4)
    assert found.failed == {4: "as if"}


def test_a_difference_is_that_of_runs_that_ended_in_both():
    base = row(run(), run(), run("no_deal"), Stopped("as if", broken=True))
    other = row(run("no_deal"), run(), run("no_deal"), run())
    assert other.difference(base) == paired_difference({(False, True): 1, (True, True): 1, (False, False): 1})


def test_the_median_deal_is_the_earlier_of_two():
    assert row(run(day=9.0), run(day=3.0), run(day=5.0), run(day=1.0), run("no_deal", day=0.0)).median_deal.day == 3.0
    assert row(run(day=9.0), run(day=3.0), run(day=5.0)).median_deal.day == 5.0
    assert row(run("no_deal")).median_deal is None


def test_levels_are_averaged_and_words_counted():
    numbers = row(*(run(level=float(k)) for k in range(1, 11)), run("no_deal"))
    assert numbers.level == {"mean": 5.5, "p10": 1.0, "p90": 9.0}
    words = row(run(level="sea"), run(level="hill"), run(level="sea"))
    assert words.level == {"most_frequent": "sea", "share": pytest.approx(2 / 3)}
    assert row(run("rejected")).level is None


def test_what_a_seat_got_is_averaged_over_deals():
    found = row(run(shares={"ann": 0.2, "bob": None}), run(shares={"ann": 0.4, "bob": 0.5}), run("no_deal"))
    assert found.attained == {"ann": pytest.approx(0.3), "bob": 0.5}


# ---- scenarios ----


def test_two_neighbours_as_worked_out_by_hand():
    found = compare("two_neighbours", ["hard_coastalia", "hard_uplandia", "hard_coastalia, hard_uplandia"], seeds=3)
    rows = {row.name: row for row in found.rows}
    assert list(rows) == ["base", "hard_coastalia", "hard_uplandia", "hard_coastalia,hard_uplandia"]
    assert [row.level and row.level["mean"] for row in found.rows] == [0.0, 5.0, 0.0, None]
    assert rows["base"].attained == {"uplandia": pytest.approx(0.5), "coastalia": pytest.approx(0.8)}
    assert rows["hard_coastalia"].attained == {"uplandia": pytest.approx(0.3), "coastalia": pytest.approx(1.0)}
    assert rows["hard_coastalia,hard_uplandia"].difference(rows["base"]).share == -1.0
    assert rows["hard_uplandia"].asks in rows["hard_coastalia,hard_uplandia"].asks


def test_every_override_has_a_row_by_default():
    found = compare("two_neighbours", seeds=1, issue="inspection")
    assert [row.name for row in found.rows][:3] == ["base", "scripted", "hard_coastalia"]
    assert len(found.rows) == 6 - 1
    assert found.rows[0].level == {"most_frequent": "at the port", "share": 1.0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"overrides": ["no_more_tim"]}, r"no override 'no_more_tim' \(did you mean 'no_more_time'\?\)"),
        ({"issue": "custom"}, r"the issue 'custom' does not exist \(did you mean 'customs'\?\)"),
        ({"seeds": 0}, "seeds: found 0"),
        ({"settings": {"issues.quota.on_table": False}, "issue": "quota"}, "the issue 'quota' is not on the table"),
    ],
)
def test_what_is_wrong_is_named(arguments, message):
    with pytest.raises(NegosimError, match=message):
        compare(HARBOUR, **arguments)


def test_processes_change_nothing():
    one, two = (compare(HARBOUR, ["no_more_time"], seeds=7, workers=workers) for workers in (1, 2))
    assert one == two
    assert as_json(comparison_data(one)) == as_json(comparison_data(two))


def test_a_run_that_fails_leaves_the_others(monkeypatch):
    true = ended_module.negotiate

    def negotiate(scenario, seed):
        if seed == 1 and scenario.applied:
            raise ZeroDivisionError("as if")
        return true(scenario, seed)

    monkeypatch.setattr(ended_module, "negotiate", negotiate)
    found = compare(HARBOUR, ["no_more_time"], seeds=3)
    assert found.failed
    assert [row.failed for row in found.rows] == [{}, {1: "ZeroDivisionError: as if"}]
    assert [len(row.ended) for row in found.rows] == [3, 2]


def test_the_page_names_its_command_and_has_a_row_each():
    found = compare(HARBOUR, seeds=2)
    text = page(found, "negosim compare harbour --seeds 2 --markdown")
    assert "    negosim compare harbour --seeds 2 --markdown\n" in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(found.rows)
    assert len({line.count("|") for line in table}) == 1
    assert table[2].startswith("| `base` |")
    assert "`no_more_time`<br>What if the deadline cannot move?" in text


def test_the_data_holds_what_the_table_shows():
    data = json.loads(as_json(comparison_data(compare(HARBOUR, ["no_more_time"], seeds=4))))
    base, other = data["rows"]
    assert (base["override"], base["deal_less_base"], base["runs"]) == ("base", None, 4)
    assert other["deal_less_base"]["low"] <= other["deal_less_base"]["share"] <= other["deal_less_base"]["high"]
    assert set(other["share_of_attainable_gain"]) == {"north", "south"}
