"""Two additive domains made up for this test, of the kind used to try out negotiating programs, against full listing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from negosim.core.pose import Term
from negosim.core.problem import NO_DEAL, Problem
from negosim.core.solutions import egalitarian, kalai_smorodinsky, nash, utilitarian

# Points of 100 to share out over three issues with levels in words; the weights of a side add up to 100.
NOTEBOOK = {
    "issues": {
        "model": ("light", "solid", "large"),
        "storage": ("half", "one", "two"),
        "screen": ("none", "small", "wide"),
    },
    "utilities": {
        "shop": [("model", 35, (0.4, 1.0, 0.6)), ("storage", 40, (1.0, 0.5, 0.2)), ("screen", 25, (1.0, 0.8, 0.2))],
        "buyer": [("model", 50, (1.0, 0.3, 0.5)), ("storage", 20, (0.2, 0.6, 1.0)), ("screen", 30, (0.1, 0.6, 1.0))],
    },
    "reserve": {"shop": 40.0, "buyer": 45.0},
}
# Four issues, numbers and words mixed, and a third side at the table.
HARVEST = {
    "issues": {
        "wage": (9.0, 10.0, 11.0, 12.0),
        "hours": (36.0, 40.0, 44.0),
        "lodging": ("none", "shared", "single"),
        "bonus": ("no", "yes"),
    },
    "utilities": {
        "farm": [("wage", 45, (1.0, 0.75, 0.4, 0.0)), ("hours", 30, (0.0, 0.6, 1.0)),
                 ("lodging", 15, (1.0, 0.7, 0.0)), ("bonus", 10, (1.0, 0.0))],
        "pickers": [("wage", 40, (0.0, 0.35, 0.7, 1.0)), ("hours", 15, (1.0, 0.9, 0.0)),
                    ("lodging", 35, (0.0, 0.6, 1.0)), ("bonus", 10, (0.0, 1.0))],
        "village": [("hours", 50, (1.0, 0.5, 0.0)), ("lodging", 50, (0.0, 0.4, 1.0))],
    },
    "reserve": {"farm": 30.0, "pickers": 35.0, "village": 20.0},
}  # fmt: skip
DOMAINS = {"notebook": NOTEBOOK, "harvest": HARVEST}


@pytest.fixture(params=DOMAINS)
def domain(request):
    return DOMAINS[request.param]


def posed(domain):
    terms = {
        name: [Term(issue, table, weight) for issue, weight, table in rows]
        for name, rows in domain["utilities"].items()
    }
    return Problem.from_tables(domain["issues"], terms, domain["reserve"])


def listing(domain):
    """Every package with its values in hundredths, as whole numbers."""
    rows = []
    for levels in itertools.product(*(range(len(v)) for v in domain["issues"].values())):
        place = dict(zip(domain["issues"], levels, strict=True))
        values = tuple(
            sum(weight * round(100 * table[place[issue]]) for issue, weight, table in terms)
            for terms in domain["utilities"].values()
        )
        package = {name: domain["issues"][name][k] for name, k in place.items()}
        rows.append((package, values))
    return rows


def efficient(rows):
    values = [v for _, v in rows]
    return [
        (package, v)
        for k, (package, v) in enumerate(rows)
        if v not in values[:k] and not any(w != v and all(a >= b for a, b in zip(w, v, strict=True)) for w in values)
    ]


def best(rows, reserve, rank):
    """Return the packages of the highest rank among those that leave nobody below the reserve."""
    gains = [(package, [v - r for v, r in zip(values, reserve, strict=True)]) for package, values in rows]
    gains = [(package, g) for package, g in gains if min(g) >= 0]
    ideal = [max(column) for column in zip(*(g for _, g in gains), strict=True)]
    ranks = [rank(g, ideal) for _, g in gains]
    return [package for (package, _), r in zip(gains, ranks, strict=True) if r == max(ranks)]


def shares(gains, ideal):
    """Shares of the ideal over a common denominator, so that they stay whole numbers."""
    product = int(np.prod(ideal))
    return sorted(g * (product // i) for g, i in zip(gains, ideal, strict=True))


def test_the_frontier_is_the_one_found_by_listing(domain):
    problem = posed(domain)
    rows = listing(domain)
    assert problem.space.size == len(rows)
    frontier = problem.frontier()
    assert [problem.space.package(code) for code in frontier.codes.tolist()] == [p for p, _ in efficient(rows)]
    for name, column in zip(domain["utilities"], zip(*(v for _, v in efficient(rows)), strict=True), strict=True):
        np.testing.assert_allclose(
            problem.party(name).flows(frontier.components), np.array(column) / 100, rtol=0, atol=1e-8
        )


@pytest.mark.parametrize(
    ("solution", "rank"),
    [
        (nash, lambda gains, ideal: int(np.prod(gains))),
        (kalai_smorodinsky, shares),
        (egalitarian, lambda gains, ideal: sorted(gains)),
        (utilitarian, lambda gains, ideal: sum(gains)),
    ],
)
def test_the_solutions_are_those_found_by_listing(domain, solution, rank):
    problem = posed(domain)
    frontier = problem.frontier()
    points = np.stack([problem.party(name).flows(frontier.components) for name in problem.seats], axis=1)
    no_deal = problem.references[NO_DEAL]
    reserve = np.array([problem.party(name).flows(no_deal) for name in problem.seats])
    winners = solution(points, reserve)
    hundredths = [round(100 * r) for r in domain["reserve"].values()]
    expected = best(efficient(listing(domain)), hundredths, rank)
    assert [problem.space.package(code) for code in frontier.codes[winners].tolist()] == expected


def test_the_notebook_by_hand():
    problem = posed(NOTEBOOK)
    package = {"model": "light", "storage": "half", "screen": "small"}
    components = problem.components([problem.space.code(package)])
    # Shop 35 · 0.4 + 40 · 1 + 25 · 0.8 = 74; buyer 50 · 1 + 20 · 0.2 + 30 · 0.6 = 72.
    assert problem.party("shop").flows(components)[0] == pytest.approx(74.0, abs=1e-8)
    assert problem.party("buyer").flows(components)[0] == pytest.approx(72.0, abs=1e-8)
    frontier = problem.frontier()
    points = np.stack([problem.party(name).flows(frontier.components) for name in problem.seats], axis=1)
    (winner,) = nash(points, np.array([40.0, 45.0]))
    assert problem.space.package(int(frontier.codes[winner])) == package


def test_nobody_agrees_when_the_reserves_are_too_high():
    problem = posed({**NOTEBOOK, "reserve": {"shop": 99.0, "buyer": 99.0}})
    frontier = problem.frontier()
    points = np.stack([problem.party(name).flows(frontier.components) for name in problem.seats], axis=1)
    assert nash(points, np.array([99.0, 99.0])) is None
