"""Problems posed from value tables, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from negosim.core import problem as problem_module
from negosim.core.pose import Term
from negosim.core.problem import NO_DEAL, Problem, ProblemError
from negosim.core.space import SpaceError

ISSUES = {"price": (1.0, 2.0, 3.0), "delivery": ("late", "early")}
SELLER = {"price": (0, 1, 2), "delivery": (1, 0)}
BUYER = {"price": (4, 2, 0), "delivery": (0, 3)}


def posed(**changes):
    return Problem.from_tables(**{"issues": ISSUES, "utilities": {"seller": SELLER, "buyer": BUYER}, **changes})


def flows(problem, packages):
    return [problem.party(name).flows(packages.components).tolist() for name in problem.seats]


def test_an_additive_problem_by_hand():
    problem = posed(reserve={"seller": 0.5})
    # code: 0 (1, late) 1 (1, early) 2 (2, late) 3 (2, early) 4 (3, late) 5 (3, early)
    # seller     1           0           2           1            3           2
    # buyer      4           7           2           5            0           3
    # 3 beats 0 (the seller is no worse, the buyer better), 5 beats 2.
    frontier = problem.frontier()
    assert frontier.codes.tolist() == [1, 3, 4, 5]
    assert flows(problem, frontier) == [[0, 1, 3, 2], [7, 5, 0, 3]]
    assert problem.menu.codes.tolist() == [1, 3, 4, 5]
    assert problem.menu_levels.tolist() == [[0, 1], [1, 1], [2, 0], [2, 1]]
    assert problem.parties["seller"].flows(problem.references[NO_DEAL]) == 0.5
    assert problem.parties["buyer"].flows(problem.references[NO_DEAL]) == 0.0


def test_a_table_over_two_issues_in_any_order_of_its_axes():
    table = np.array([[1, 2], [3, 4], [6, 8]])
    one = posed(utilities={"seller": [Term(("price", "delivery"), table)], "buyer": BUYER})
    two = posed(utilities={"seller": [Term(("delivery", "price"), table.T)], "buyer": BUYER})
    every = np.arange(6)
    assert one.party("seller").flows(one.components(every)).tolist() == [1, 2, 3, 4, 6, 8]
    assert (one.components(every) == two.components(every)).all()
    assert len(one.blocks) == 1


def test_a_fixed_weight_multiplies_and_a_constant_adds():
    problem = posed(utilities={"seller": [Term("price", (0, 1, 2), 2.5), Term((), 10.0)], "buyer": BUYER})
    assert problem.party("seller").flows(problem.components([0, 2, 4])).tolist() == [10.0, 12.5, 15.0]


def test_a_free_weight_by_hand():
    terms = [Term("price", (0, 1, 2), 1.0), Term("delivery", (1, 0), weight=1.0, within=(0.0, 4.0))]
    problem = posed(utilities={"seller": terms, "buyer": BUYER})
    # At weight 4 the seller has 4 0 5 1 6 2 (codes 0 to 5), at weight 0 it has 0 0 1 1 2 2; the buyer 4 7 2 5 0 3.
    assert problem.frontier({"seller": [0.0]}).codes.tolist() == [1, 3, 5]
    assert problem.frontier({"seller": [4.0]}).codes.tolist() == [0, 1, 2, 3, 4]
    assert problem.menu.codes.tolist() == [0, 1, 2, 3, 4, 5]
    assert problem.menu_components["seller"].tolist() == [[0, 1], [0, 0], [1, 1], [1, 0], [2, 1], [2, 0]]


def test_of_equal_packages_the_lowest_code_is_kept():
    problem = Problem.from_tables({"a": (1.0, 2.0), "idle": (1.0, 2.0, 3.0)}, {"x": {"a": (0, 1)}, "y": {"a": (1, 0)}})
    assert problem.frontier().codes.tolist() == [0, 3]


def test_who_watches_does_not_move_the_frontier():
    three = posed(
        utilities={"seller": SELLER, "buyer": BUYER, "ministry": {"price": (0, 9, 0)}}, seats=("seller", "buyer")
    )
    assert three.frontier().codes.tolist() == posed().frontier().codes.tolist()
    assert set(three.menu_components) == {"seller", "buyer"}
    assert three.party("ministry").flows(three.components([2])).tolist() == [9.0]


def test_one_package_looked_up_on_and_off_the_menu():
    problem = posed()
    assert problem.components_of(3).tolist() == [1.0, 5.0]
    assert problem.components_of(0).tolist() == [1.0, 4.0]


def test_a_flow_is_components_times_vector():
    terms = [Term("price", (0, 1, 2)), Term("delivery", (1, 0), weight=1.0, within=(0.0, 4.0))]
    problem = posed(utilities={"buyer": BUYER, "seller": terms})
    vector = problem.party("seller").vector(problem.n_columns, [3.0])
    assert vector.tolist() == [0.0, 1.0, 3.0]
    assert float(problem.components_of(4) @ vector) == 5.0


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"utilities": {"seller": {"prize": (0, 1, 2)}, "buyer": BUYER}}, SpaceError, "no issue 'prize'.*mean 'price'"),
        (
            {"utilities": {"seller": {"price": (0, 1)}, "buyer": BUYER}},
            ProblemError,
            r"seller: the table over price has shape \(2,\), the issues have \(3,\)",
        ),
        ({"utilities": {"seller": {"price": (0, np.nan, 1)}, "buyer": BUYER}}, ProblemError, "seller: .* not finite"),
        ({"utilities": {"seller": {"price": (0, np.inf, 1)}, "buyer": BUYER}}, ProblemError, "seller: .* not finite"),
        ({"reserve": {"buyer": np.nan}}, ProblemError, "buyer: .* not finite"),
        ({"reserve": {"buyer": np.inf}}, ProblemError, "buyer: .* not finite"),
        ({"reserve": {"byer": 1.0}}, ProblemError, r"'byer', who is no party \(did you mean 'buyer'\?\)"),
        ({"seats": ("seller", "byer")}, ProblemError, r"seat 'byer' is no party \(did you mean 'buyer'\?\)"),
        ({"seats": ("seller",)}, ProblemError, "at least two seats, found 1"),
        ({"seats": ("seller", "seller")}, ProblemError, "holds two seats"),
        (
            {"utilities": {"seller": [Term(("price", "price"), np.zeros((3, 3)))], "buyer": BUYER}},
            ProblemError,
            "names an issue twice: price, price",
        ),
    ],
)
def test_what_cannot_be_posed(changes, error, message):
    with pytest.raises(error, match=message):
        posed(**changes)


@pytest.mark.parametrize(
    ("weight", "within"),
    [(3.0, (0.0, 2.0)), (1.0, (2.0, 0.0)), (np.nan, (0.0, 2.0)), (1.0, (0.0, np.nan)), (1.0, (0.0, np.inf))],
)
def test_a_central_weight_outside_its_bounds(weight, within):
    terms = [Term("price", (0, 1, 2), weight, within)]
    with pytest.raises(ProblemError, match=r"of seller is .*, outside"):
        posed(utilities={"seller": terms, "buyer": BUYER})


def test_a_fixed_weight_that_is_no_number():
    with pytest.raises(ProblemError, match="not finite"):
        posed(utilities={"seller": [Term("price", (0, 1, 2), np.nan)], "buyer": BUYER})


@pytest.mark.parametrize("weight", [2.01, 0.4, -1.0, np.nan, np.inf, -np.inf])
def test_a_weight_outside_the_box_is_an_error(weight):
    terms = [Term("price", (0, 1, 2), 1.0, within=(0.5, 2.0)), Term("delivery", (1, 0), 1.0, within=(0.0, 1.0))]
    problem = posed(utilities={"seller": terms, "buyer": BUYER})
    for refuse in (problem.party("seller").on_grid, lambda weights: problem.frontier({"seller": weights})):
        with pytest.raises(ProblemError, match=r"'weight 0' of seller is .*, outside the box \[0.5, 2\]"):
            refuse([weight, 0.5])
        with pytest.raises(ProblemError, match=r"'weight 1' of seller is .*, outside the box \[0, 1\]"):
            refuse([0.5, 10.0 * weight])


def test_weights_are_asked_for_by_name_and_number():
    problem = posed()
    with pytest.raises(ProblemError, match=r"no party 'byer' \(did you mean 'buyer'\?\); parties: seller, buyer"):
        problem.frontier({"byer": []})
    with pytest.raises(ProblemError, match="seller has 0 free weights"):
        problem.frontier({"seller": [1.0]})


def test_bounds_of_a_box_are_admissible_although_no_power_of_two_divides_them():
    terms = [Term("price", (0, 1, 2), 0.2, within=(0.1, 0.3))]
    problem = posed(utilities={"seller": terms, "buyer": BUYER})
    party = problem.party("seller")
    assert party.lower[0] <= 0.1
    assert party.upper[0] >= 0.3
    for weight in (0.1, 0.2, 0.3):
        (used,) = party.on_grid([weight])
        assert party.lower[0] <= used <= party.upper[0]
        assert used == pytest.approx(weight, abs=2.0**-14)


def test_a_box_that_is_too_wide_is_refused_by_the_name_of_its_weight(monkeypatch):
    monkeypatch.setattr(problem_module, "MENU_LIMIT", 2)
    terms = [Term("price", (0, 1, 2), 1.0), Term("delivery", (1, 0), weight=1.0, within=(0.0, 4.0))]
    with pytest.raises(ProblemError, match="make 'weight 1' public"):
        _ = posed(utilities={"seller": terms, "buyer": BUYER}).menu
    with pytest.raises(ProblemError, match="use coarser levels"):
        _ = posed().menu


def test_tables_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        posed().blocks[0].table[0, 0] = 1.0


def test_a_package_worth_exactly_the_reserve_in_decimals_reaches_it():
    problem = Problem.from_tables(
        {"x": ("u", "v"), "y": ("u", "v")},
        {"a": {"x": (0.2, 0), "y": (0.15, 0)}, "b": {"x": (0, 1), "y": (0, 1)}},
        reserve={"a": 0.35, "b": 0},
    )
    worth = problem.party("a").flows(problem.components(0))
    reserve = problem.party("a").flows(problem.references[NO_DEAL])
    assert reserve <= worth
    assert reserve == pytest.approx(0.35, abs=1e-9)
