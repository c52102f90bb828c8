"""Frontier and menu of random small problems against looking at every pair of packages."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from negosim.core.pose import Term
from negosim.core.problem import NO_DEAL, Problem
from negosim.core.space import Issue, Space

FEW = settings(max_examples=60, deadline=None)
QUARTERS = st.integers(-8, 8).map(lambda k: k / 4)
"""Few different values, so that ties are frequent; exact in binary, so that the search below is exact too."""
MESSY = st.integers(-50, 50).map(lambda k: k / 10)


@st.composite
def problems(draw, *, values=QUARTERS, free=True):
    """Issues, parties with terms over one or two issues, weights fixed or free."""
    issues = {f"issue {i}": tuple(map(float, range(draw(st.integers(1, 4))))) for i in range(draw(st.integers(1, 4)))}
    utilities = {}
    for p in range(draw(st.integers(2, 3))):
        terms, n_free = [], 0
        for _ in range(draw(st.integers(1, 4))):
            names = draw(st.lists(st.sampled_from(sorted(issues)), min_size=1, max_size=2, unique=True))
            shape = tuple(len(issues[name]) for name in names)
            cells = draw(st.lists(values, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
            weight, within = draw(values), None
            if free and n_free < 2 and draw(st.booleans()):
                low, high = sorted((weight, draw(values)))
                within, n_free = (low, high), n_free + 1
            terms.append(Term(tuple(names), np.array(cells).reshape(shape), weight, within))
        utilities[f"party {p}"] = terms
    return issues, utilities


def listed(issues):
    """All packages as level numbers, in the order of their codes."""
    return list(itertools.product(*(range(len(levels)) for levels in issues.values())))


def cells_of(issues, terms, x):
    """Return what each term reads at a package."""
    where = dict(zip(issues, x, strict=True))
    return [Fraction(float(np.asarray(t.values)[tuple(where[n] for n in t.issues)])) for t in terms]


def flow(issues, terms, x, weights=None):
    """Return a party's flow, added up term by term in fractions."""
    free = iter(() if weights is None else weights)
    total = Fraction(0)
    for term, cell in zip(terms, cells_of(issues, terms, x), strict=True):
        use_given = weights is not None and term.within is not None
        total += cell * Fraction(float(next(free)) if use_given else term.weight)
    return total


def frontier_by_search(issues, parties):
    """Codes that no other beats; of equal ones the lowest."""
    points = [tuple(flow(issues, terms, x) for terms in parties) for x in listed(issues)]
    kept = []
    for code, point in enumerate(points):
        beaten = any(q != point and all(a >= b for a, b in zip(q, point, strict=True)) for q in points)
        if not beaten and point not in points[:code]:
            kept.append(code)
    return kept


def spread(terms, cells_x, cells_y):
    """Smallest and largest advantage of x over y over all admissible weights, without listing corners."""
    low = high = Fraction(0)
    for term, a, b in zip(terms, cells_x, cells_y, strict=True):
        ends = [(a - b) * Fraction(w) for w in (term.within or (term.weight, term.weight))]
        low, high = low + min(ends), high + max(ends)
    return low, high


def menu_by_search(issues, parties):
    """Codes that no other beats for every admissible weight; of those equal at all weights the lowest."""
    packages = listed(issues)
    cells = [[cells_of(issues, terms, x) for x in packages] for terms in parties]

    def out(x, y):
        found = [spread(terms, own[y], own[x]) for terms, own in zip(parties, cells, strict=True)]
        if any(low < 0 for low, _ in found):
            return False
        return any(high > 0 for _, high in found) or y < x

    codes = range(len(packages))
    return [x for x in codes if not any(out(x, y) for y in codes if y != x)]


@FEW
@given(problems())
def test_frontier_and_menu_are_what_a_full_search_finds(posed):
    issues, utilities = posed
    problem = Problem.from_tables(issues, utilities)
    parties = list(utilities.values())
    assert problem.frontier().codes.tolist() == frontier_by_search(issues, parties)
    assert problem.menu.codes.tolist() == menu_by_search(issues, parties)


@FEW
@given(problems())
def test_watchers_change_nothing(posed):
    issues, utilities = posed
    problem = Problem.from_tables(issues, utilities, seats=("party 1", "party 0"))
    parties = [utilities["party 0"], utilities["party 1"]]
    assert problem.frontier().codes.tolist() == frontier_by_search(issues, parties)
    assert problem.menu.codes.tolist() == menu_by_search(issues, parties)


@FEW
@given(problems())
def test_flows_are_those_added_up_term_by_term(posed):
    issues, utilities = posed
    problem = Problem.from_tables(issues, utilities)
    components = problem.components(np.arange(problem.space.size))
    for name, terms in utilities.items():
        for corner in (problem.party(name).default, problem.party(name).lower, problem.party(name).upper):
            expected = [float(flow(issues, terms, x, corner)) for x in listed(issues)]
            assert problem.party(name).flows(components, corner).tolist() == expected


@FEW
@given(problems(), st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6))
def test_for_every_admissible_weight_the_menu_is_all_one_needs(posed, shares):
    issues, utilities = posed
    problem = Problem.from_tables(issues, utilities)
    weights = {}
    for k, name in enumerate(utilities):
        party = problem.party(name)
        inside = [lo + s * (hi - lo) for lo, hi, s in zip(party.lower, party.upper, shares[2 * k :], strict=False)]
        weights[name] = party.on_grid(inside)

    def points(codes):
        components = problem.components(codes)
        columns = [problem.party(name).flows(components, weights[name]) for name in utilities]
        return {tuple(row) for row in np.stack(columns, axis=1).tolist()}

    assert points(problem.frontier(weights).codes) <= points(problem.menu.codes)


@FEW
@given(problems(values=MESSY), st.randoms(use_true_random=False))
def test_the_order_of_issues_parties_and_terms_does_not_matter(posed, random):
    issues, utilities = posed
    turned_issues = dict(random.sample(list(issues.items()), len(issues)))
    turned = {}
    for name, terms in random.sample(list(utilities.items()), len(utilities)):
        # Free weights keep their order, since they are told apart by it.
        fixed = [t for t in terms if t.within is None]
        turned[name] = random.sample(fixed, len(fixed)) + [t for t in terms if t.within is not None]
    one, other = Problem.from_tables(issues, utilities), Problem.from_tables(turned_issues, turned)
    for kind in ("frontier", "menu"):
        assert values_of(one, kind, utilities) == values_of(other, kind, utilities)
    if list(turned_issues) == list(issues):
        assert one.frontier().codes.tolist() == other.frontier().codes.tolist()


def values_of(problem, kind, names):
    """Own components of every party, to the last bit."""
    packages = problem.frontier() if kind == "frontier" else problem.menu
    if kind == "frontier":
        columns = [problem.party(name).flows(packages.components)[:, None] for name in names]
    else:
        columns = [packages.components[:, problem.party(name).columns] for name in names]
    return {tuple(row) for row in np.concatenate(columns, axis=1).tolist()}


@FEW
@given(problems(values=MESSY), st.sampled_from([0.25, 4.0]))
def test_the_unit_of_a_partys_money_does_not_matter(posed, k):
    issues, utilities = posed
    scaled = {
        **utilities,
        "party 0": [Term(t.issues, k * np.asarray(t.values), t.weight, t.within) for t in utilities["party 0"]],
    }
    one, other = Problem.from_tables(issues, utilities), Problem.from_tables(issues, scaled)
    assert one.frontier().codes.tolist() == other.frontier().codes.tolist()
    assert one.menu.codes.tolist() == other.menu.codes.tolist()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.data())
def test_codes_and_packages_undo_each_other(sizes, data):
    space = Space(tuple(Issue(f"issue {i}", tuple(map(float, range(n)))) for i, n in enumerate(sizes)))
    code = data.draw(st.integers(0, space.size - 1))
    levels = space.decode(code)
    assert ((levels >= 0) & (levels < np.array(sizes))).all()
    assert int(space.encode(levels)) == code
    assert space.code(space.package(code)) == code


decimals = st.integers(0, 40).map(lambda k: k / 100)


@FEW
@given(st.lists(st.tuples(decimals, decimals), min_size=3, max_size=3), st.integers(0, 7))
def test_no_decimal_reserve_refuses_a_package_that_is_worth_as_much(tables, agreed):
    issues = {f"issue {k}": (0.0, 1.0) for k in range(3)}
    values = {f"issue {k}": table for k, table in enumerate(tables)}
    chosen = [(agreed >> (2 - k)) & 1 for k in range(3)]
    reserve = sum(Fraction(str(table[level])) for table, level in zip(tables, chosen, strict=True))
    problem = Problem.from_tables(issues, {"a": values, "b": values}, reserve={"a": float(reserve), "b": 0.0})
    for code in range(8):
        levels = [(code >> (2 - k)) & 1 for k in range(3)]
        worth = sum(Fraction(str(table[level])) for table, level in zip(tables, levels, strict=True))
        flow = problem.party("a").flows(problem.components(code))
        assert (flow >= problem.party("a").flows(problem.references[NO_DEAL])) == (worth >= reserve)
