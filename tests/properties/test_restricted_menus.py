"""Efficient packages under red lines, public lines, a vote and weights that move, against listing the whole space.

What is checked is what talks rely on: whoever looks for the package that gives the others most among those worth an aspiration
finds it on the menu of `Problem.under`, whatever the weights in the box, the stance of parliament and the flows of no deal.

With a vote this holds for packages that need none, and for those that are, once law, worth at least no deal to every seat. It
cannot hold for others: of two packages that need the vote and are as good for everybody the menu keeps the one with more
support, but a seat that would rather have no deal expects more from the one that is likely to fail
(`test_why_packages_have_to_be_worth_no_deal` among the unit tests).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from negosim.core.blocks import Piece
from negosim.core.lines import Line
from negosim.core.party import Party
from negosim.core.pose import Term, pose
from negosim.core.problem import NO_DEAL, Problem, ProblemError
from negosim.core.ratification import Vote
from negosim.core.space import Issue, Space

QUARTERS = st.integers(-8, 8).map(lambda k: k / 4)
"""Few values, so that ties are frequent; exact in binary, so that the problem keeps them as they are."""


@dataclass
class World:
    """A small problem with everything that the listing needs; values of pieces are indexed by level numbers."""

    problem: Problem
    boxes: dict[str, list[tuple[float, float]]]
    pieces: dict[int, list[tuple[tuple[int, ...], np.ndarray]]]
    no_deal: dict[str, float]
    kept: dict[int, int]
    lines: list[Line]

    def __repr__(self) -> str:
        return (
            f"World({self.problem.space.shape}, {self.boxes}, {self.pieces}, {self.no_deal}, {self.kept}, {self.lines})"
        )

    @property
    def packages(self):
        """All packages as level numbers, in the order of their codes."""
        return list(itertools.product(*(range(n) for n in self.problem.space.shape)))

    def component(self, column, x):
        """Return a component of a package, added up piece by piece."""
        return sum((Fraction(float(v[tuple(x[i] for i in issues)])) for issues, v in self.pieces[column]), Fraction(0))

    def allowed(self, x):
        """Whether a package crosses no red line."""
        return not any(line.cost == math.inf and self.beyond(line, x) > 0 for line in self.lines)

    def beyond(self, line, x):
        """Return how far a package goes beyond a limit."""
        level = self.problem.space.issues[line.issue].levels[x[line.issue]]
        return max(Fraction(0), Fraction(level - line.level) * (1 if line.above else -1))

    def flow(self, name, x, weights):
        """Return what a package is worth once it is law, less what crossing public lines costs."""
        column = self.problem.parties[name].column
        total = self.component(column, x)
        total += sum(Fraction(w) * self.component(column + 1 + k, x) for k, w in enumerate(weights))
        for line in set(self.lines):
            if line.party == name and line.cost < math.inf and self.beyond(line, x):
                levels = self.problem.space.issues[line.issue].levels
                farthest = max(level - line.level if line.above else line.level - level for level in levels)
                total -= Fraction(line.cost) * self.beyond(line, x) / Fraction(farthest)
        return total

    def voted(self, x):
        """Whether a package needs the vote."""
        return any(x[issue] != level for issue, level in self.kept.items())

    def support(self, x):
        """Return the support of a package."""
        return self.component(self.problem.vote.column, x)

    def chance(self, x, stance):
        """Return the chance of a package to become law."""
        if not self.voted(x):
            return Fraction(1)
        return Fraction(1.0 / (1.0 + math.exp(-(stance + float(self.support(x))))))


@st.composite
def worlds(draw, votes=True, lines=True, watcher=False, seats=(2, 3)):
    """Draw spaces, pieces over one or two issues, boxes of weights, lines and a vote."""
    shape = draw(st.lists(st.integers(2, 4), min_size=2, max_size=5).filter(lambda s: math.prod(s) <= 144))
    levels = [tuple(map(float, sorted(draw(st.sets(st.integers(0, 4), min_size=n, max_size=n))))) for n in shape]
    space = Space(tuple(Issue(f"i{k}", own) for k, own in enumerate(levels)))

    def piece():
        issues = tuple(
            sorted({draw(st.integers(0, len(shape) - 1)) for _ in range(draw(st.sampled_from([1, 1, 1, 2])))})
        )
        n = math.prod(shape[i] for i in issues)
        return issues, np.array(draw(st.lists(QUARTERS, min_size=n, max_size=n))).reshape([shape[i] for i in issues])

    pieces, parties, boxes, columns = {}, {}, {}, 0
    names = [f"s{k}" for k in range(draw(st.integers(*seats)))] + (["watcher"] if watcher else [])
    for name in names:
        box = []
        for _ in range(draw(st.integers(0, 2))):
            low, central, high = sorted(draw(st.lists(QUARTERS, min_size=3, max_size=3)))
            box.append((low - draw(QUARTERS.filter(lambda q: q >= 0)), low, central, high, high + abs(draw(QUARTERS))))
        lower, low, central, high, upper = zip(*box, strict=True) if box else [()] * 5
        parties[name] = Party(name, name, "", columns, tuple(f"{name} w{k}" for k in range(len(box))), lower, upper,
                              central, 1.0, tuple(zip(low, high, strict=True)))  # fmt: skip
        boxes[name] = list(zip(lower, upper, strict=True))
        for k in range(1 + len(box)):
            pieces[columns + k] = [piece() for _ in range(draw(st.integers(1, 2 if k else 3)))]
        pieces[columns].append(((), np.array(64.0)))  # so that no cost of a line is out of proportion
        columns += 1 + len(box)
    vote, kept = None, {}
    if votes and draw(st.integers(0, 3)):
        issues = sorted(draw(st.permutations(range(len(shape))))[: draw(st.sampled_from([1, 2, 2]))])
        kept = {issue: draw(st.integers(0, shape[issue] - 1)) for issue in issues}
        vote = Vote(tuple(kept.items()), columns)
        pieces[columns] = [piece() for _ in range(draw(st.integers(0, 3)))]
    reference = np.zeros(columns + (vote is not None))
    no_deal = {}
    for name, party in parties.items():
        # Half of the time below every package, so that all of them count.
        no_deal[name] = 0.0 if draw(st.booleans()) else 64.0 + 2 * draw(QUARTERS)
        reference[party.column] = no_deal[name]
    flat = [Piece(i, v, column) for column, own in pieces.items() for i, v in own]
    at_table = [name for name in names if name != "watcher"]
    problem = pose(space, flat, parties, at_table, {NO_DEAL: reference}, vote=vote)
    drawn = []
    for _ in range(draw(st.integers(1, 4)) if lines else 0):
        issue = draw(st.integers(0, len(shape) - 1))
        limit, above = float(draw(st.integers(0, 4))), draw(st.booleans())
        # Multiples of 3/4 go evenly into the shares of distances up to 4.
        cost = math.inf if draw(st.booleans()) else 3.0 * draw(st.integers(1, 6))
        drawn.append(Line(draw(st.sampled_from(names)), issue, limit, above, cost))
    return World(problem, boxes, pieces, no_deal, kept, drawn)


def somewhere(draw, world):
    """Return admissible weights of every party: any point of its box."""
    shares = st.integers(0, 16).map(lambda k: k / 16)
    return {name: [lo + draw(shares) * (hi - lo) for lo, hi in box] for name, box in world.boxes.items()}


def under(world):
    """Return the problem under the world's lines; where they leave nothing it says so, and the example is left out."""
    possible = any(world.allowed(x) for x in world.packages)
    assert world.problem.leaves_packages(world.lines) == possible
    if not possible:
        with pytest.raises(ProblemError, match="leave no package"):
            world.problem.under(world.lines)
    assume(possible)
    return world.problem.under(world.lines)


def best_pairs(points, others):
    """Return for each own flow, as an aspiration, the most that others get from points worth it, and the most own flow with it.

    Points are (own, the other's …) of packages; a result is the pair and whether any package that is good enough has it.
    """
    found = {}
    for aspiration, *_ in points:
        reached = [p for p in points if p[0] >= aspiration]
        pair = max((p[others], p[0]) for p in reached)
        found[aspiration] = pair, any(p[-1] for p in reached if (p[others], p[0]) == pair)
    return found


@settings(max_examples=150, deadline=None)
@given(worlds(), st.data())
def test_whoever_looks_for_the_best_package_finds_it_on_the_menu(world, data):
    problem = under(world)
    menu = {tuple(levels) for levels in problem.menu_levels.tolist()}
    assert all(world.allowed(x) for x in menu)
    packages = [x for x in world.packages if world.allowed(x)]
    seats = problem.seats
    for stance in data.draw(st.sampled_from([(-3.0, 0.5), (-40.0, 1.0), (0.0, 40.0)])):
        weights = somewhere(data.draw, world)
        flows = {x: [world.flow(s, x, weights[s]) for s in seats] for x in packages}
        nothing = [Fraction(world.no_deal[s]) for s in seats]
        expected, counts = {}, {}
        for x in packages:
            chance = world.chance(x, stance)
            expected[x] = [n + chance * (w - n) for w, n in zip(flows[x], nothing, strict=True)]
            counts[x] = chance == 1 or all(w >= n for w, n in zip(flows[x], nothing, strict=True))
        # None that counts is better than what is on the menu, for all seats at once …
        listed = [expected[x] for x in menu]
        for x in packages:
            if counts[x]:
                assert any(all(a >= b for a, b in zip(m, expected[x], strict=True)) for m in listed)
        # … and so a bid that gives one other seat most, from any aspiration on, is on it.
        for own, other in itertools.permutations(range(len(seats)), 2):
            whole = best_pairs([(expected[x][own], expected[x][other], counts[x]) for x in packages], 1)
            short = [(expected[x][other], expected[x][own]) for x in menu]
            for aspiration, (pair, one_counts) in whole.items():
                if one_counts:
                    assert max((p for p in short if p[1] >= aspiration), default=None) == pair


def unbeaten(world, packages, seats):
    """Return what the packages that no other beats are worth: for every admissible weight, and in a vote by their support."""

    def told(x):
        ends = [list(itertools.product(*world.boxes[s])) for s in seats]
        flows = [world.flow(s, x, w) for s, corners in zip(seats, ends, strict=True) for w in corners]
        return (*flows, *([] if not world.kept else [world.support(x) if world.voted(x) else math.inf]))

    points = {told(x) for x in packages}
    return {
        p for p in points if not any(q != p and all(a >= b for a, b in zip(q, p, strict=True)) for q in points)
    }, told


@settings(max_examples=120, deadline=None)
@given(worlds(watcher=True))
def test_the_menu_holds_what_no_package_beats_and_nothing_else(world):
    problem = under(world)
    best, told = unbeaten(world, [x for x in world.packages if world.allowed(x)], problem.seats)
    menu = [told(tuple(levels)) for levels in problem.menu_levels.tolist()]
    assert set(menu) == best
    assert len(menu) == len(best)  # of packages that are alike one is kept


@settings(max_examples=100, deadline=None)
@given(worlds(votes=False, lines=False), st.data())
def test_weights_may_move_to_any_point_of_the_box(world, data):
    """The range that weights are drawn from does not bound the menu: the box does, which events and pressure reach."""
    problem = world.problem
    best, told = unbeaten(world, world.packages, problem.seats)
    found = [told(tuple(levels)) for levels in problem.menu_levels.tolist()]
    assert set(found) == best
    # Of packages that are alike the first is on the menu.
    first = {}
    for x in world.packages:
        first.setdefault(told(x), x)
    assert [tuple(levels) for levels in problem.menu_levels.tolist()] == sorted(first[point] for point in best)
    weights = somewhere(data.draw, world)
    for name, party in problem.parties.items():
        assert party.on_grid(weights[name]).tolist() == weights[name]
        assert party.drawn == tuple(problem.party(name).drawn)
        assert all(a <= b <= c <= d for (b, c), a, d in zip(party.drawn, party.lower, party.upper, strict=True))

    def points(packages):
        return {tuple(world.flow(s, tuple(x), weights[s]) for s in problem.seats) for x in packages}

    frontier = problem.space.decode(problem.frontier(weights).codes).tolist()
    everything = points(world.packages)
    assert points(frontier) == {
        p for p in everything if not any(q != p and all(a >= b for a, b in zip(q, p, strict=True)) for q in everything)
    }
    assert points(frontier) <= points(problem.menu_levels.tolist())


@settings(max_examples=60, deadline=None)
@given(worlds(watcher=True), st.randoms(use_true_random=False))
def test_the_same_lines_are_the_same_problem_in_any_order(world, random):
    problem = under(world)
    turned = world.lines + random.sample(world.lines, 1)
    random.shuffle(turned)
    assert world.problem.under(turned) is problem
    assert world.problem.under(line for line in turned) is problem
    assert problem.under(turned) is problem
    assert problem.under([]) is world.problem.under(()) is world.problem
    assert problem.lines == set(world.lines)
    assert not world.problem.lines
    fewer = world.lines[1:]
    kept = problem.under(fewer)
    assert kept is world.problem.under(fewer)
    assert (kept is problem) == (set(fewer) == set(world.lines))
    # A fresh problem without any cache agrees.
    fresh = pose(problem.space, [Piece(i, v, c) for c, own in world.pieces.items() for i, v in own],
                 world.problem.parties, problem.seats, problem.references, vote=problem.vote).under(turned)  # fmt: skip
    assert fresh.menu.codes.tolist() == problem.menu.codes.tolist()
    assert fresh.menu.components.tolist() == problem.menu.components.tolist()


@settings(max_examples=60, deadline=None)
@given(worlds(), st.data())
def test_flows_under_lines_are_those_added_up_by_hand(world, data):
    problem = under(world)
    weights = somewhere(data.draw, world)
    components = problem.components(np.arange(problem.space.size))
    for name, party in problem.parties.items():
        by_hand = [float(world.flow(name, x, weights[name])) for x in world.packages]
        assert party.flows(components, weights[name]).tolist() == by_hand
        assert (components @ party.vector(problem.n_columns, weights[name])).tolist() == by_hand
        # The lines are about signing: without a deal nobody pays.
        assert party.flows(problem.references[NO_DEAL], weights[name]) == world.no_deal[name]
    if problem.vote is not None:
        assert problem.support(components).tolist() == [float(world.support(x)) for x in world.packages]
        found = problem.needing_vote(problem.space.decode(np.arange(problem.space.size))).tolist()
        assert found == [k for k, x in enumerate(world.packages) if world.voted(x)]
        assert problem.voted.tolist() == [
            k for k, x in enumerate(problem.menu_levels.tolist()) if world.voted(tuple(x))
        ]


messy = st.floats(-50.0, 50.0, allow_subnormal=False)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_sums_have_the_same_bits_in_any_order(data):
    shape = (2, 3, 2, 2)
    issues = {f"i{k}": tuple(map(float, range(n))) for k, n in enumerate(shape)}
    utilities = {
        name: [
            Term(f"i{k}", data.draw(st.lists(messy, min_size=n, max_size=n)), 1.3, (0.1, 2.7) if k < 2 else None)
            for k, n in enumerate(shape)
        ]
        for name in ("a", "b")
    }
    try:
        problem = Problem.from_tables(issues, utilities)
    except ProblemError:  # one value so much larger that others would be lost
        assume(False)
    costs = data.draw(st.lists(st.floats(0.0, 40.0), min_size=3, max_size=3))
    lines = [Line("a", k, 0.5, True, cost) for k, cost in zip((0, 1, 3), costs, strict=True)]
    try:
        lined = problem.under(lines)
    except ProblemError:
        assume(False)
    party = problem.party("a")
    weights = party.on_grid(data.draw(st.lists(st.floats(0.1, 2.7), min_size=2, max_size=2)))
    parts = data.draw(st.permutations(range(4)))
    for x in itertools.product(*(range(n) for n in shape)):
        rows = [lined.blocks[k].table[x[k], party.columns] for k in range(4)]
        exact = sum(
            Fraction(float(row[0]))
            + sum(Fraction(w) * Fraction(float(c)) for w, c in zip(weights.tolist(), row[1:], strict=True))
            for row in rows
        )
        summed = np.zeros(3)
        for k in parts:
            summed += rows[k]
        one_way = summed[0] + weights[0] * summed[1] + weights[1] * summed[2]
        other_way = weights[1] * summed[2] + (weights[0] * summed[1] + summed[0])
        by_part = sum(float(rows[k] @ np.array([1.0, *weights])) for k in reversed(parts))
        code = int(lined.space.encode(list(x)))
        assert Fraction(float(one_way)) == exact
        assert one_way == other_way == by_part == party.flows(lined.components(code), weights)
