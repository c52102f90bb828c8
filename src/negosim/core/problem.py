"""What theory and talks read: a space, tables of components, and who sits at the table.

Both the solutions (frontier, Nash point …) and the simulation work on one `Problem`, whether it was built from a sourced
scenario or from plain tables in code. Party ``i`` values package ``x`` at the flow

    W_i(x) = c_i0(x) + Σ_k w_ik c_ik(x),       w_ik in [lower_ik, upper_ik]

in its own money. A *reference* is a situation that need not be a package of the space (no deal, the status quo): it is
kept as the vector of its components.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negosim.core.blocks import TABLE_BITS, Block, round_to
from negosim.core.efficient import TooManyPoints, box_corners, efficient_set
from negosim.core.lines import Line
from negosim.core.party import Party, ProblemError
from negosim.core.ratification import NO_VOTE, Vote
from negosim.core.space import Level, Space, SpaceError
from negosim.errors import nearest

if TYPE_CHECKING:
    from negosim.core.pose import Term

NO_DEAL = "no_deal"
MENU_LIMIT = 80_000
"""Packages above which an efficient set is refused: talks on it would be slow, and a box that wide says little."""
KEPT = 24
"""Sets of lines whose packages are kept; a menu fills some ten megabytes."""


@dataclass(frozen=True, repr=False)
class Packages:
    """Packages listed one by one, in ascending order of code.

    Attributes
    ----------
    codes : ndarray of int64, shape (N,)
    components : ndarray of float64, shape (N, K)
    """

    codes: NDArray[np.int64]
    components: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"<{len(self):,} packages>"


@dataclass(frozen=True, repr=False)
class Problem:
    """A negotiation as small arrays.

    Attributes
    ----------
    space : Space
    blocks : tuple of Block
        Tables of all components on all blocks of issues.
    parties : mapping of str to Party
        Everybody who values packages, at the table or not.
    seats : tuple of str
        Who negotiates, in speaking order.
    references : mapping of str to ndarray, shape (K,)
        Components of situations that need not be packages; ``"no_deal"`` is always there.
    steps : ndarray, shape (K,)
        Powers of two of which all components are multiples.
    vote : Vote or None
        Which packages need a vote.
    lines : frozenset of Line
        The red and public lines that stand; see `under`.

    Examples
    --------
    Two issues; the seller likes a high price, the buyer a low one, and both like early delivery.

    >>> problem = Problem.from_tables(
    ...     {"price": (1.0, 2.0, 3.0), "delivery": ("late", "early")},
    ...     {"seller": {"price": (0, 1, 2), "delivery": (0, 1)},
    ...      "buyer": {"price": (2, 1, 0), "delivery": (0, 3)}})
    >>> [problem.space.package(code) for code in problem.frontier().codes.tolist()]  # doctest: +NORMALIZE_WHITESPACE
    [{'price': 1.0, 'delivery': 'early'}, {'price': 2.0, 'delivery': 'early'},
     {'price': 3.0, 'delivery': 'early'}]
    """

    space: Space
    blocks: tuple[Block, ...]
    parties: Mapping[str, Party]
    seats: tuple[str, ...]
    references: Mapping[str, NDArray[np.float64]]
    steps: NDArray[np.float64]
    vote: Vote | None = None
    lines: frozenset[Line] = frozenset()
    _variants: dict[frozenset[Line], Problem] = field(default_factory=dict, compare=False)
    _limits: dict[object, list[tuple[int, bool, float]]] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        """Return the size of the space and who negotiates."""
        return (
            f"<Problem: {self.space.size:,} packages of {len(self.space.issues)} issues; seats {', '.join(self.seats)}>"
        )

    @classmethod
    def from_tables(
        cls,
        issues: Mapping[str, Sequence[Level]],
        utilities: Mapping[str, Mapping[str, ArrayLike] | Sequence[Term]],
        reserve: Mapping[str, float] | None = None,
        seats: Sequence[str] | None = None,
    ) -> Problem:
        """Pose a problem from value tables.

        Parameters
        ----------
        issues : mapping of str to sequence
            Levels of each issue.
        utilities : mapping of str to mapping or sequence of Term
            For each party, a table of values an issue (additive), or terms over one or more issues.
        reserve : mapping of str to float, optional
            What no deal is worth to each party; 0 where nothing is said. It may lie below every package.
        seats : sequence of str, optional
            Who negotiates; by default all parties, in the order given.

        Returns
        -------
        Problem

        Raises
        ------
        ProblemError, SpaceError
            An unknown name, a table of the wrong shape, a weight outside its bounds, a number that is not finite.
        """
        from negosim.core.pose import pose_tables

        return pose_tables(issues, utilities, reserve, seats)

    def party(self, name: str) -> Party:
        """Return a party by name; raise `ProblemError` with the nearest name otherwise."""
        if name not in self.parties:
            raise ProblemError(f"no party '{name}'{nearest(name, self.parties)}; parties: {', '.join(self.parties)}")
        return self.parties[name]

    @cached_property
    def n_columns(self) -> int:
        """Number of components K of all parties together."""
        return int(self.blocks[0].table.shape[1])

    @cached_property
    def ranges(self) -> Mapping[str, tuple[float, float]]:
        """Lowest and highest flow of every party over all packages, at its central weights."""
        found = {}
        for name, party in self.parties.items():
            flows = [party.flows(block.table) for block in self.blocks]
            found[name] = (sum(float(f.min()) for f in flows), sum(float(f.max()) for f in flows))
        return found

    @cached_property
    def highest(self) -> NDArray[np.float64]:
        """Highest value of every component over all packages, shape (K,)."""
        return np.asarray(sum(block.table.max(axis=0) for block in self.blocks))

    def components(self, codes: ArrayLike) -> NDArray[np.float64]:
        """Return the components, shape (…, K), of packages given by code, shape (…)."""
        codes = np.asarray(codes, dtype=np.int64)
        if codes.size and not 0 <= int(codes.min()) <= int(codes.max()) < self.space.size:
            raise SpaceError(f"a code lies outside 0 … {self.space.size - 1}")
        indices = self.space.decode(codes)
        total = np.zeros((*indices.shape[:-1], self.n_columns))
        for block in self.blocks:
            shape = tuple(self.space.shape[i] for i in block.issues)
            rows = np.ravel_multi_index(tuple(indices[..., i] for i in block.issues), shape)
            total += block.table[rows]
        return total

    def components_of(self, code: int) -> NDArray[np.float64]:
        """Return the components, shape (K,), of one package; those of the menu are only looked up."""
        row = int(self.menu.codes.searchsorted(code))
        if row < len(self.menu) and self.menu.codes[row] == code:
            return np.asarray(self.menu.components[row])
        return self.components(code)

    def under(self, lines: Collection[Line]) -> Problem:
        """Return the same problem with these lines in place of those that stand.

        It is made once for each set of lines and shared by all that ask for it; of many sets, the last used are kept.

        Raises
        ------
        ProblemError
            The red lines leave no package, or a cost is so large that sums would no longer be exact.
        """
        wanted = frozenset(lines)
        if wanted not in self._variants:
            plain = self if not self.lines else self._variants[frozenset()]
            self._variants.setdefault(plain.lines, plain)
            if wanted not in self._variants:
                blocks = tuple(
                    plain._lined(block, [w for w in wanted if w.issue in block.issues]) for block in plain.blocks
                )
                self._variants[wanted] = replace(plain, blocks=blocks, lines=wanted)
        self._variants[wanted] = found = self._variants.pop(wanted)  # the last used comes last
        for oldest in [key for key in self._variants if key][: max(0, len(self._variants) - 1 - KEPT)]:
            del self._variants[oldest]
        return found

    def leaves_packages(self, lines: Collection[Line]) -> bool:
        """Return whether the red lines among these leave any package."""
        open_levels = [np.ones(n, dtype=bool) for n in self.space.shape]
        for line in lines:
            if line.red:
                open_levels[line.issue] &= line.crossing(self.space) == 0.0
        return all(levels.any() for levels in open_levels)

    def _lined(self, block: Block, lines: list[Line]) -> Block:
        """Return a block with the rows that red lines forbid marked, and with the cost of crossing public lines."""
        if not lines:
            return block
        shape = tuple(self.space.shape[i] for i in block.issues)
        rows = np.unravel_index(np.arange(len(block.codes)), shape)
        allowed, table = np.ones(len(block.codes), dtype=bool), block.table.copy()
        for line in sorted(lines):
            crossing = line.crossing(self.space)[rows[block.issues.index(line.issue)]]
            if line.red:
                allowed &= crossing == 0.0
                continue
            column = self.party(line.party).column
            if line.cost > 2.0 ** (TABLE_BITS + 1) * self.steps[column]:
                raise ProblemError(
                    f"crossing a public line costs {line.party} {line.cost:g}, more than any package is worth"
                )
            table[:, column] -= round_to(line.cost * crossing, float(self.steps[column]))
        if not allowed.any():
            raise ProblemError(
                f"the red lines on {', '.join(self.space.names[i] for i in block.issues)} leave no package"
            )
        table.setflags(write=False)
        return replace(block, table=table, allowed=None if allowed.all() else allowed)

    def frontier(self, weights: Mapping[str, ArrayLike] | None = None) -> Packages:
        """Return the packages that are efficient among the seats for fixed weights.

        Parameters
        ----------
        weights : mapping of str to array_like, optional
            Free weights of seats; the central ones where nothing is said.

        Returns
        -------
        Packages
            Of packages with the same flows for every seat, the one with the lowest code.
        """
        fixed = {name: np.asarray(self.party(name).default, dtype=np.float64) for name in self.seats}
        fixed.update({name: self.party(name).on_grid(w) for name, w in (weights or {}).items()})
        tables = [
            np.stack([self.party(name).flows(block.table, fixed[name]) for name in self.seats], axis=1)
            for block in self.blocks
        ]
        return self._merge(tables)

    @cached_property
    def menu(self) -> Packages:
        """The packages efficient for *some* weights: those that no other beats for every admissible weight.

        Raises
        ------
        ProblemError
            The box of weights leaves more than `MENU_LIMIT` packages; the message names the weight to fix.
        """
        tables = [
            np.concatenate([self._corner_flows(self.party(name), block.table) for name in self.seats], axis=1)
            for block in self.blocks
        ]
        try:
            return self._merge(tables)
        except TooManyPoints as error:
            widest = self._widest_weight()
            advice = f"make '{widest}' public (fix it), or narrow its range" if widest else "use coarser levels"
            raise ProblemError(
                f"more than {MENU_LIMIT:,} packages are efficient for some admissible weights; {advice}"
            ) from error

    @cached_property
    def menu_levels(self) -> NDArray[np.int64]:
        """Level numbers of the packages of the menu, shape (N, m)."""
        return self.space.decode(self.menu.codes)

    @cached_property
    def menu_components(self) -> Mapping[str, NDArray[np.float64]]:
        """Own components of every seat over the menu, shape (N, 1 + f), each column contiguous."""
        return {name: np.asfortranarray(self.menu.components[:, self.party(name).columns]) for name in self.seats}

    @cached_property
    def voted(self) -> NDArray[np.int64]:
        """Positions of the packages of the menu that need a vote."""
        return self.needing_vote(self.menu_levels)

    def needing_vote(self, levels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions of packages that need a vote, given by level numbers, shape (N, m)."""
        return np.zeros(0, dtype=np.int64) if self.vote is None else np.flatnonzero(self.vote.needed(levels))

    def support(self, components: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the support of packages in a vote, shape (…), from their components, shape (…, K)."""
        assert self.vote is not None
        return np.asarray(components[..., self.vote.column])

    def _merge(self, tables: list[NDArray[np.float64]]) -> Packages:
        """Return the packages that no other beats: by the flows given and, among those with a vote, by their support."""
        cap = np.inf
        if self.vote is not None:
            cap = NO_VOTE
            tables = [
                np.concatenate([table, self._backing(self.vote, block)], axis=1)
                for table, block in zip(tables, self.blocks, strict=True)
            ]
        codes = [block.codes for block in self.blocks]
        for k, block in enumerate(self.blocks):
            if block.allowed is not None:
                tables[k], codes[k] = tables[k][block.allowed], codes[k][block.allowed]
        kept, _ = efficient_set(tables, codes, limit=MENU_LIMIT, cap=cap)
        return Packages(kept, self.components(kept))

    def _backing(self, vote: Vote, block: Block) -> NDArray[np.float64]:
        """Return what a block adds to the support of packages, from 0 up; where it needs no vote, more than any support."""
        support = block.table[:, vote.column] - block.table[:, vote.column].min()
        needed = vote.needed_in_block(self.space, block.issues)
        return (support if needed is None else np.where(needed, support, NO_VOTE))[:, np.newaxis]

    @staticmethod
    def _corner_flows(party: Party, table: NDArray[np.float64]) -> NDArray[np.float64]:
        own = table[:, party.columns]
        return own[:, :1] + own[:, 1:] @ box_corners(np.array(party.lower), np.array(party.upper)).T

    def _widest_weight(self) -> str:
        spread = {
            name: (hi - lo) * sum(float(np.ptp(b.table[:, party.column + 1 + k])) for b in self.blocks) * party.scale
            for party in map(self.party, self.seats)
            for k, (name, lo, hi) in enumerate(zip(party.weights, party.lower, party.upper, strict=True))
        }
        return max(spread, key=lambda name: spread[name]) if spread else ""
