"""What theory and talks read: a space, tables of components, and who sits at the table.

Both the solutions (frontier, Nash point …) and the simulation work on one `Problem`, whether it was built from a sourced
scenario or from plain tables in code. Party ``i`` values package ``x`` at the flow

    W_i(x) = c_i0(x) + Σ_k w_ik c_ik(x),       w_ik in [lower_ik, upper_ik]

in its own money. A *reference* is a situation that need not be a package of the space (no deal, the status quo): it is
kept as the vector of its components.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negosim.core.blocks import Block, Piece, assemble, round_to, table_grid
from negosim.core.efficient import TooManyPoints, box_corners, efficient_set
from negosim.core.party import Party, ProblemError, box_on_grid
from negosim.core.space import Issue, Level, Space, SpaceError
from negosim.errors import nearest

NO_DEAL = "no_deal"
COARSEST = 1e-3
"""Largest rounding of a table, as a share of the smallest spread of a term, that goes without complaint."""
MENU_LIMIT = 60_000
"""Packages above which an efficient set is refused: talks on it would be slow, and a box that wide says little."""


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


@dataclass(frozen=True)
class Term:
    """A party's value table over a few issues, for `Problem.from_tables`.

    Parameters
    ----------
    issues : str or sequence of str
        The issues it depends on.
    values : array_like
        One axis an issue, in the order of ``issues``.
    weight : float
        Multiplies the table.
    within : tuple of two floats, optional
        Makes the weight free within these bounds: others know the bounds only.
    """

    issues: str | Sequence[str]
    values: ArrayLike
    weight: float = 1.0
    within: tuple[float, float] | None = None


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
        space = Space(tuple(Issue(name, tuple(levels)) for name, levels in issues.items()))
        parties: dict[str, Party] = {}
        pieces: list[Piece] = []
        references: list[float] = []
        for name, given in utilities.items():
            terms = [Term(issue, v) for issue, v in given.items()] if isinstance(given, Mapping) else list(given)
            free = [k for k, term in enumerate(terms) if term.within is not None]
            party = Party(
                name,
                label=name,
                column=len(references),
                weights=tuple(f"weight {k}" for k in free),
                lower=tuple(terms[k].within[0] for k in free),  # type: ignore[index]
                upper=tuple(terms[k].within[1] for k in free),  # type: ignore[index]
                default=tuple(terms[k].weight for k in free),
            )
            for k, term in enumerate(terms):
                column = party.column + (1 + free.index(k) if k in free else 0)
                pieces.append(_piece(space, name, term, column, 1.0 if k in free else term.weight))
            references += [(reserve or {}).get(name, 0.0), *(0.0 for _ in free)]
            parties[name] = party
        for name in reserve or {}:
            if name not in parties:
                raise ProblemError(f"a reserve for '{name}', who is no party{nearest(name, parties)}")
        at_table = tuple(parties if seats is None else seats)
        no_deal = {NO_DEAL: np.array(references, dtype=np.float64)}
        return pose(space, pieces, parties, at_table, no_deal, plain=parties)

    def party(self, name: str) -> Party:
        """Return a party by name; raise `ProblemError` with the nearest name otherwise."""
        if name not in self.parties:
            raise ProblemError(f"no party '{name}'{nearest(name, self.parties)}; parties: {', '.join(self.parties)}")
        return self.parties[name]

    @cached_property
    def n_columns(self) -> int:
        """Number of components K of all parties together."""
        return int(self.blocks[0].table.shape[1])

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

    def _merge(self, tables: list[NDArray[np.float64]]) -> Packages:
        codes, _ = efficient_set(tables, [block.codes for block in self.blocks], limit=MENU_LIMIT)
        return Packages(codes, self.components(codes))

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


def _piece(space: Space, party: str, term: Term, column: int, factor: float) -> Piece:
    names = (term.issues,) if isinstance(term.issues, str) else tuple(term.issues)
    positions = [space.index(name) for name in names]
    if len(set(positions)) < len(positions):
        raise ProblemError(f"{party}: a table names an issue twice: {', '.join(names)}")
    values = np.asarray(term.values, dtype=np.float64)
    expected = tuple(space.shape[i] for i in positions)
    if values.shape != expected:
        raise ProblemError(
            f"{party}: the table over {', '.join(names)} has shape {values.shape}, the issues have {expected}"
        )
    if not np.isfinite(values).all():
        raise ProblemError(f"{party}: the table over {', '.join(names)} holds a value that is not finite")
    order = np.argsort(positions)
    return Piece(tuple(positions[k] for k in order), factor * values.transpose(order), column)


def pose(
    space: Space,
    pieces: Sequence[Piece],
    parties: Mapping[str, Party],
    seats: Sequence[str],
    references: Mapping[str, NDArray[np.float64]],
    on_grid: Mapping[str, int] | None = None,
    plain: Collection[str] = (),
) -> Problem:
    """Assemble blocks, round everything to its grid, and return the problem.

    Parameters
    ----------
    space : Space
    pieces : sequence of Piece
        All summands of all components of all parties.
    parties : mapping of str to Party
    seats : sequence of str
    references : mapping of str to ndarray, shape (K,)
    on_grid : mapping of str to int, optional
        Codes of those references that are packages: they get the package's own components, to the last bit.
    plain : collection of str
        Parties whose no deal is a plain number. It is lowered by what rounding may have taken from their packages, so
        that a package worth just as much still reaches it; without rounding it stays as it is.

    Raises
    ------
    ProblemError
        Fewer than two seats, an unknown seat, a central weight outside its bounds, or a number that is not finite.
    """
    if len(seats) < 2:
        raise ProblemError(f"a negotiation needs at least two seats, found {len(seats)}")
    if len(set(seats)) != len(seats):
        raise ProblemError("a party holds two seats")
    for name in seats:
        if name not in parties:
            raise ProblemError(f"seat '{name}' is no party{nearest(name, parties)}; parties: {', '.join(parties)}")
    n_columns = sum(1 + len(party.weights) for party in parties.values())
    boxed = {party.name: box_on_grid(party) for party in parties.values()}
    bounds = np.zeros(n_columns)
    for values in references.values():
        bounds = np.maximum(bounds, np.abs(values))
    finest = np.full(n_columns, np.inf)
    for piece in pieces:
        size, spread = float(np.max(np.abs(piece.values), initial=0.0)), float(np.ptp(piece.values))
        bounds[piece.column] += size
        if spread > 1e-12 * size:
            finest[piece.column] = min(finest[piece.column], spread)
    steps = np.ones(n_columns)
    for party in parties.values():
        own = party.columns
        if not np.isfinite(bounds[own]).all():
            raise ProblemError(f"{party.name}: the value of a package or of no deal is not finite")
        steps[own] = table_grid(bounds[own], party.lower, party.upper)
        felt = np.array([True, *(max(abs(lo), abs(hi)) > 0.0 for lo, hi in zip(party.lower, party.upper, strict=True))])
        lost = felt & (steps[own] > COARSEST * finest[own])
        if lost.any():
            raise ProblemError(
                f"{party.name}: its values are as large as {bounds[own].max():.3g}, beside which a term that moves by "
                f"{finest[own][lost].min():.3g} would be lost; make the large ones smaller "
                "(a thousand times the rest forbids enough)"
            )
    rounded = {name: round_to(values, steps) for name, values in references.items()}
    off = np.zeros(n_columns)
    exact = []
    for piece in pieces:
        exact.append(Piece(piece.issues, round_to(piece.values, float(steps[piece.column])), piece.column))
        off[piece.column] += np.max(np.abs(exact[-1].values - piece.values), initial=0.0)
    blocks = assemble(space, exact, n_columns)
    for block in blocks:
        block.table.setflags(write=False)
    problem = Problem(space, blocks, boxed, tuple(seats), rounded)
    by_number = np.zeros(n_columns, dtype=bool)
    for name in plain:
        own = parties[name].columns
        by_number[own.start] = True
        weight = [
            1.0,
            *(max(abs(lo), abs(hi)) for lo, hi in zip(parties[name].lower, parties[name].upper, strict=True)),
        ]
        for reference in (r for r in rounded if r.startswith(NO_DEAL)):
            lowered = references[reference][own.start] - float(off[own] @ np.array(weight))
            rounded[reference][own.start] = np.floor(lowered / steps[own.start]) * steps[own.start]
    for name, code in (on_grid or {}).items():
        kept = by_number if name.startswith(NO_DEAL) else np.zeros(n_columns, dtype=bool)
        rounded[name] = np.where(kept, rounded[name], problem.components(code))
    return problem
