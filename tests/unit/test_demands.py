"""What members demand of their government: limits and sums, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from negosim.core.home import least_sum, loosest_limits
from negosim.core.problem import Problem

DUTY, QUOTA, TOLL = 0, 1, 2
AT_LEAST, AT_MOST = False, True


@pytest.fixture(scope="module")
def problem():
    """Return a problem with farmers, who want a high duty and a small quota, and makers, who want low tolls and a large quota."""
    nothing = {"duty": (0,) * 5, "quota": (0,) * 3, "toll": (0,) * 4}
    return Problem.from_tables(
        {"duty": (0.0, 10.0, 20.0, 30.0, 40.0), "quota": (0.0, 100.0, 200.0), "toll": (0.0, 5.0, 15.0, 25.0)},
        {
            "home": nothing,
            "abroad": nothing,
            "farmers": {"duty": (0, 1, 2, 3, 4), "quota": (0, -1, -3)},
            "makers": {"quota": (0, 4, 6), "toll": (0, -5, -15, -25)},
        },
        seats=("home", "abroad"),
    )


def demanded(problem, name, today, claim, issues):
    party = problem.party(name)
    vector = party.vector(problem.n_columns, party.default)
    return loosest_limits(problem, vector, np.array(today), claim, issues)


PROTECT = [(DUTY, AT_LEAST), (QUOTA, AT_MOST)]


@pytest.mark.parametrize(
    ("today", "claim", "limits"),
    [
        # Today the duty is 40 and the quota closed, which is worth 4. Alone, the duty may fall or the quota grow until 2 is left.
        ((4, 0, 0), 2.0, [(DUTY, AT_LEAST, 20.0), (QUOTA, AT_MOST, 100.0)]),
        ((4, 0, 0), 3.5, [(DUTY, AT_LEAST, 40.0), (QUOTA, AT_MOST, 0.0)]),
        # The whole quota takes no more than 3, so it needs no guard.
        ((4, 0, 0), 1.0, [(DUTY, AT_LEAST, 10.0)]),
        ((4, 0, 0), 0.5, [(DUTY, AT_LEAST, 10.0)]),
        ((4, 0, 0), 0.0, []),
        # Half a duty leaves less room for the quota.
        ((2, 0, 0), 1.0, [(DUTY, AT_LEAST, 10.0), (QUOTA, AT_MOST, 100.0)]),
        # What is claimed may be what there is.
        ((4, 0, 3), 4.0, [(DUTY, AT_LEAST, 40.0), (QUOTA, AT_MOST, 0.0)]),
    ],
)
def test_who_has_what_it_claims_guards_every_issue_that_could_take_it(problem, today, claim, limits):
    assert demanded(problem, "farmers", today, claim, PROTECT) == limits


@pytest.mark.parametrize(
    ("today", "claim", "issues", "limits"),
    [
        # A duty of 20 gives 2; once that is asked for, the quota is left alone.
        ((0, 0, 0), 2.0, PROTECT, [(DUTY, AT_LEAST, 20.0)]),
        ((0, 0, 0), 1.5, PROTECT, [(DUTY, AT_LEAST, 20.0)]),
        # With an open quota no duty gives 2, nor does a closed one without a duty: the best of both is asked for.
        ((0, 2, 0), 2.0, PROTECT, [(DUTY, AT_LEAST, 40.0), (QUOTA, AT_MOST, 0.0)]),
        # The highest duty gives 1 even so.
        ((0, 2, 0), 1.0, PROTECT, [(DUTY, AT_LEAST, 40.0)]),
        # Turning to the quota first: closed it gives 0 and is not enough, so the duty is next.
        ((0, 2, 0), 1.0, PROTECT[::-1], [(QUOTA, AT_MOST, 0.0), (DUTY, AT_LEAST, 40.0)]),
        ((0, 2, 0), -1.0, PROTECT[::-1], [(QUOTA, AT_MOST, 100.0)]),
        # Nothing is ever enough.
        ((4, 0, 0), 5.0, PROTECT, [(DUTY, AT_LEAST, 40.0), (QUOTA, AT_MOST, 0.0)]),
    ],
)
def test_who_falls_short_turns_to_one_issue_after_the_other(problem, today, claim, issues, limits):
    assert demanded(problem, "farmers", today, claim, issues) == limits


SEEK = [(TOLL, AT_MOST), (QUOTA, AT_LEAST)]


@pytest.mark.parametrize(
    ("today", "claim", "issues", "limits"),
    [
        # A toll of 25 takes 25; at 5 it takes 5.
        ((0, 0, 3), -10.0, SEEK, [(TOLL, AT_MOST, 5.0)]),
        ((0, 0, 3), -15.0, SEEK, [(TOLL, AT_MOST, 15.0)]),
        ((0, 0, 3), 0.0, SEEK, [(TOLL, AT_MOST, 0.0)]),
        # Even without a toll 3 is out of reach: the quota has to bring it, which it does not while the toll is what it is.
        ((0, 0, 3), 3.0, SEEK, [(TOLL, AT_MOST, 0.0), (QUOTA, AT_LEAST, 200.0)]),
        # The quota comes first and is enough.
        ((0, 0, 3), -21.0, SEEK[::-1], [(QUOTA, AT_LEAST, 100.0)]),
        ((0, 0, 3), -20.0, SEEK[::-1], [(QUOTA, AT_LEAST, 200.0)]),
        # Who has it guards it, on both sides.
        (
            (0, 2, 0),
            2.0,
            SEEK,
            [(TOLL, AT_MOST, 0.0), (QUOTA, AT_LEAST, 100.0)],
        ),
    ],
)
def test_who_wants_something_changed_asks_for_the_least_change(problem, today, claim, issues, limits):
    assert demanded(problem, "makers", today, claim, issues) == limits


def test_an_issue_that_does_not_touch_a_member_is_none_of_its_demands(problem):
    assert demanded(problem, "makers", (0, 0, 3), 9.0, [(DUTY, AT_LEAST)]) == []
    assert demanded(problem, "makers", (0, 0, 3), 9.0, [(DUTY, AT_MOST), (TOLL, AT_MOST)]) == [(TOLL, AT_MOST, 0.0)]
    assert demanded(problem, "makers", (0, 0, 3), 9.0, []) == []


@pytest.mark.parametrize(
    ("shortfall", "least"),
    [
        (0.0, 50.0),
        (5.0, 50.0),
        (5.001, 100.0),
        (10.0, 100.0),
        (39.0, 400.0),
        (40.0, 400.0),
        (41.0, 400.0),
        (1e9, 400.0),
    ],
)
def test_the_least_sum_that_covers_a_shortfall(shortfall, least):
    assert least_sum((50.0, 100.0, 400.0), 0.1, shortfall) == least


def test_the_only_sum_there_is():
    assert least_sum((0.0,), 0.0, 7.0) == 0.0
    assert least_sum((3.0,), 2.0, 6.0) == 3.0
