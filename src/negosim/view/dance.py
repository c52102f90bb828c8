"""The negotiation dance: every offer in the plane of what two seats gain over no deal.

All gains are counted against what no deal means at the end of the talks, so that offers, efficient packages and the deal stand
in one plane even when no deal changed on the way.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from negosim.view import style
from negosim.view.beside import Wish, nested, write_beside
from negosim.view.frontier import draw_frontier, good_for_all, key_of_frontier, needs_votes
from negosim.view.page import Page
from negosim.view.readings import fallen, gains_on_frontier, home_moved, party_labels, tabled
from negosim.view.words import date_of, short_date, signed, unit_words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from negosim.sim.record import Record

Array = NDArray[np.float64]

FALLEN = "signed, voted down"
POINTS: dict[str, tuple[str, str, float]] = {
    "no deal": ("P", style.INK, 5.5),
    "status quo": ("X", style.GREY, 5.5),
    "Nash": ("h", style.ORANGE, 8.0),
    "Kalai–Smorodinsky": ("p", style.SKY, 8.0),
    "deal": ("*", "#F0E442", 14.0),
    FALLEN: ("*", "white", 14.0),
}
"""Marker, colour and size of the packages that are shown for comparison, the innermost first where they share a place."""
NOTHING = 1e-6
"""Gains up to this size are rounding."""


class Mark(NamedTuple):
    """A package shown for comparison, or several that are the same to every seat."""

    names: tuple[str, ...]
    at: Array
    """Gains of the seats, (n, seats)."""

    @property
    def name(self) -> str:
        """What the key calls it."""
        return " = ".join(self.names)

    @property
    def look(self) -> tuple[str, str, float]:
        """Marker, colour and size."""
        return POINTS[self.names[0]]


@style.figure_of_tables
def dance(record: Record) -> Figure:
    """Draw the offers of both sides in the plane of their gains over no deal.

    Parameters
    ----------
    record : Record

    Returns
    -------
    Figure
        With more than two seats one plane for every pair of them, but for seats that nothing after the openings concerned.
    """
    labels, offers = party_labels(record), gains_of_offers(record)
    shown = seats_shown(record, offers)
    n = len(shown)
    page = Page(record, _sentence(record, labels), style.COLUMN if n == 2 else style.WIDE)
    _key(page, record, n)
    drawn = []
    grid = page.figure.subplots(n - 1, n - 1, squeeze=False, sharex="col", sharey="row")
    for row in range(1, n):
        for column in range(n - 1):
            if column < row:
                drawn.append((grid[row - 1, column], shown[column], shown[row]))
            else:
                grid[row - 1, column].remove()
    body = 2.9 if n == 2 else 1.75 * (n - 1) + (1.2 if n == 3 else 0.6)
    about = 72 * np.array([(page.width - 0.75) / (n - 1), body / (n - 1) - 0.5])
    around = [_plane(ax, record, offers, i, j, about) for ax, i, j in drawn]
    for ax, i, j in drawn:
        at_left, at_foot = i == shown[0], j == shown[-1]
        ax.set_xlabel(_axis(record, labels, i, 40 if n < 4 else 26) if at_foot else "")
        ax.set_ylabel(_axis(record, labels, j, 44 if n == 2 else 30 if n == 3 else 24) if at_left else "")
    outside = [_outside(ax, record, offers, i, j) for ax, i, j in drawn]
    note = "The paler an offer, the earlier it was made."
    if home_moved(record):
        note += " Offers are drawn at their worth when made, efficient packages at their worth in the end: lines or pressure at "
        note += "home have moved it."
    if needs_votes(record):
        note += " Ratifiable zone: mutual gain without a vote, or with at least an even chance to pass it."
        note += " Gains under a vote are what the seats expect."
    if any(around):
        note += " A larger marker around another stands at nearly the same place."
    if len(record.seats) == 2 and outside[0]:
        note += " Opening demands off the figure (arrows): " + "; ".join(outside[0]) + "."
    elif any(outside):
        note += " Arrows at the edges lead to opening demands and other offers off the figure."
    idle = [labels[seat] for k, seat in enumerate(record.seats) if k not in shown]
    if idle:
        note += f" Not drawn: {', '.join(idle)}, with neither gain nor loss in anything offered after the openings."
    page.note(note)
    figure = page.finish(body)
    if n == 2:
        _name_ends(drawn[0][0], record, offers, *drawn[0][1:])
    return figure


def seats_shown(record: Record, offers: dict[str, Array]) -> list[int]:
    """Return the seats for which something besides the opening demands differs from no deal; all when fewer than two do."""
    everybody = list(range(len(record.seats)))
    moved = [k for k in everybody if np.abs(_compared(record, offers, k)).max() > NOTHING]
    return moved if len(moved) >= 2 else everybody


def marks_of(record: Record) -> list[Mark]:
    """Return the packages shown for comparison, the innermost first; solutions and deal that are the same to all in one."""
    found = [Mark((name,), _points(record, name)) for name in POINTS]
    found = [mark for mark in found if len(mark.at) and np.isfinite(mark.at).all()]
    kept: list[Mark] = []
    for mark in reversed(found):
        same = [k for k, other in enumerate(kept) if other.at.shape == mark.at.shape and np.allclose(other.at, mark.at)]
        if same and mark.name not in ("no deal", "status quo"):
            k = same[0]
            first, *others = kept[k].names
            names = (first, mark.name, *others) if first in ("deal", FALLEN) else (mark.name, first, *others)
            kept[k] = Mark(names, mark.at)
        else:
            kept.append(mark)
    return kept[::-1]


def gains_of_offers(record: Record) -> dict[str, Array]:
    """Return every side's own offers in the order made, (n, seats): each seat's gain over no deal at the end."""
    no_deal = record.gains.set_index("party")["no_deal"]
    own = tabled(record)
    flows = np.column_stack([own[f"flow_{seat}"].to_numpy(float) - float(no_deal[seat]) for seat in record.seats])
    return {seat: flows[(own["by"] == seat).to_numpy()] for seat in record.seats}


def _dates_of_offers(record: Record, seat: str) -> list[str]:
    own = tabled(record)
    own = own[own["by"] == seat]
    dates = [date_of(d) for d in own["date"]]
    return [f"round {r}" if d is None else short_date(d) for d, r in zip(dates, own["round"], strict=True)]


def _points(record: Record, package: str) -> Array:
    if package == "no deal":
        return np.zeros((1, len(record.seats)))
    if package == FALLEN:
        move = fallen(record)
        no_deal = record.gains.set_index("party")["no_deal"]
        gains = [] if move is None else [[float(move[f"flow_{s}"]) - float(no_deal[s]) for s in record.seats]]
        return np.array(gains).reshape(-1, len(record.seats))
    rows = record.packages[record.packages["package"] == package]
    if package == "status quo" and not style.has_status_quo(record):
        rows = rows.iloc[:0]
    return rows[[f"gain_{seat}" for seat in record.seats]].to_numpy(float)


def _sentence(record: Record, labels: dict[str, str]) -> str:
    shares = (record.outcome.get("theory") or {}).get("share_of_attainable_gain") or {}
    if record.agreement and len(record.seats) == 2 and all(shares.get(s) is not None for s in record.seats):
        one, other = (f"{100 * shares[s]:.0f}\N{NO-BREAK SPACE}%" for s in record.seats)
        first, second = (labels[s] for s in record.seats)
        return f"{style.ending(record)}: {first} gets {one}, {second} {other} of the most that each could gain"
    if fallen(record) is not None:
        return f"{style.ending(record)}: every offer and the package that fell"
    return style.ending(record) + (": every offer and the deal" if record.agreement else ": the offers did not meet")


def _axis(record: Record, labels: dict[str, str], seat: int, characters: int) -> str:
    name = record.seats[seat]
    unit = str(record.gains.set_index("party")["unit"][name])
    return style.with_unit(f"{labels[name]}: gain over no deal", unit, characters)


def _compared(record: Record, offers: dict[str, Array], k: int) -> Array:
    """Return one seat's gains that a plane must show: the zone of agreement, the dance after the openings, the packages."""
    frontier = gains_on_frontier(record)
    good = frontier[good_for_all(frontier)]
    parts = [good[:, k], *(path[1:, k] for path in offers.values()), *(_points(record, name)[:, k] for name in POINTS)]
    shown = np.concatenate(parts)
    return cast(Array, shown[np.isfinite(shown)])


def _limits(record: Record, offers: dict[str, Array], k: int) -> tuple[float, float]:
    """Return the range of one seat's gain to draw; an opening demand that an edge would cut is drawn whole."""
    shown = _compared(record, offers, k)
    low, high = float(shown.min()), float(shown.max())
    margin = 0.07 * (high - low) or 1.0
    openings = [float(path[0, k]) for path in offers.values() if len(path)]
    near = [value for value in openings if low - 2 * margin <= value <= high + 2 * margin]
    return min([low, *near]) - margin, max([high, *near]) + margin


def _plane(ax: Axes, record: Record, offers: dict[str, Array], i: int, j: int, about: Array) -> bool:
    """Draw frontier, zone, offers and reference points of seats i (across) and j (up) on a plane of about this size in points.

    Returns whether a marker stands around another.
    """
    style.tidy(ax)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=list(style.STEPS)))
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=list(style.STEPS)))
    two = len(record.seats) == 2
    draw_frontier(ax, record, i, j)
    ax.axhline(0, color=style.PALE, linewidth=0.6, zorder=1)
    ax.axvline(0, color=style.PALE, linewidth=0.6, zorder=1)
    for k, path in enumerate(offers.values()):
        colour, marker, line = style.SIDES[k % len(style.SIDES)]
        ax.plot(path[:, i], path[:, j], color=colour, linestyle=line, linewidth=0.7, alpha=0.75, zorder=3)
        ax.scatter(
            path[:, i], path[:, j], c=_faded(colour, len(path)), marker=marker, s=16 if two else 11,
            edgecolors=colour, linewidths=0.6, zorder=4,
        )  # fmt: skip
    limits = np.array([_limits(record, offers, k) for k in (i, j)])
    ax.set_xlim(*limits[0])
    ax.set_ylim(*limits[1])
    marks = marks_of(record)
    own = [mark.look[2] for mark in marks]
    sizes = nested([mark.at[:, (i, j)] / np.ptp(limits, axis=1) * about for mark in marks], own)
    for k, (mark, size) in enumerate(zip(marks, sizes, strict=True)):
        # Beneath the offers, which are smaller and stay visible on it.
        ax.plot(mark.at[:, i], mark.at[:, j], zorder=2.9 - 0.05 * k, **_look(mark, size))
    for axis, k in ((ax.xaxis, i), (ax.yaxis, j)):
        low, high = _limits(record, offers, k)
        if (low, high) == (-1.0, 1.0):
            axis.set_major_locator(FixedLocator([0.0]))
    return sizes != own


def _look(mark: Mark, size: float) -> dict[str, Any]:
    """Return how a mark is drawn: hollow when it is larger to be seen around another, but for the star with its points."""
    marker, colour, own = mark.look
    hollow = size > own and marker != "*"
    return {
        "marker": marker, "linestyle": "", "markersize": size, "color": colour,
        "markerfacecolor": "white" if hollow else colour, "markeredgecolor": colour if hollow else style.INK,
        "markeredgewidth": 1.4 if hollow else 0.6,
    }  # fmt: skip


def _faded(colour: str, n: int) -> list[tuple[float, float, float]]:
    """Return one colour an offer: pale for the first, full for the last."""
    full = np.array(to_rgb(colour))
    depth = np.linspace(0.1, 1.0, n) if n > 1 else np.ones(n)
    return [cast("tuple[float, float, float]", tuple(1 - d * (1 - full))) for d in depth]


def _outside(ax: Axes, record: Record, offers: dict[str, Array], i: int, j: int) -> list[str]:
    """Mark where a path comes in from offers off the figure; return those demands in words."""
    box = Bbox.from_extents(*np.array([ax.get_xlim(), ax.get_ylim()]).T.ravel())
    labels, said = party_labels(record), []
    gains = record.gains.set_index("party")
    for k, (seat, path) in enumerate(offers.items()):
        colour, _, _ = style.SIDES[k % len(style.SIDES)]
        for first, second in pairwise(path[:, (i, j)]):
            inside = [bool(box.contains(*p)) for p in (first, second)]
            if inside != [False, True]:
                continue
            edge = _entry(first, second, box)
            ax.annotate(
                "", tuple(edge), tuple(edge + 0.06 * _towards(edge, second, box)), annotation_clip=False, zorder=8,
                arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
        if len(path) and not box.contains(*path[0, (i, j)]):
            values = []
            for name, value in zip((record.seats[i], record.seats[j]), path[0, (i, j)], strict=True):
                unit = unit_words(str(gains["unit"][name])).removesuffix(" a year")
                amount = signed(value, 1 if abs(value) < 100 else 0)
                values.append(f"{amount} {unit} for {labels[name]}")
            said.append(f"{labels[seat]}, {_dates_of_offers(record, seat)[0]}: " + ", ".join(values))
    return said


def _entry(first: Array, second: Array, box: Bbox) -> Array:
    """Return where the line from a point outside to one inside crosses the edge."""
    step = second - first
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (box.min - first) / step, (box.max - first) / step
    near = np.where(step == 0, -np.inf, np.minimum(low, high))
    return first + max(0.0, float(near.max())) * step


def _towards(edge: Array, inside: Array, box: Bbox) -> Array:
    """Return the direction inwards, one unit long where the box is a unit square."""
    size = np.array(box.size)
    step = (inside - edge) / size
    return cast(Array, size * step / (np.hypot(*step) or 1.0))


def _name_ends(ax: Axes, record: Record, offers: dict[str, Array], i: int, j: int) -> None:
    """Write the date at the deal and at the first and last offer in view, where there is room."""
    box = Bbox.from_extents(*np.array([ax.get_xlim(), ax.get_ylim()]).T.ravel())
    wanted: list[Wish] = []
    offers = {seat: path[:, (i, j)] for seat, path in offers.items()}
    for deal in _points(record, "deal")[:, (i, j)]:
        wanted.append(Wish(deal, f"deal, {style.when(record, short=True)}", style.INK, "bold"))
    for fell in _points(record, FALLEN)[:, (i, j)]:
        wanted.append(Wish(fell, f"signed, {style.when(record, short=True)}", style.INK, "bold"))
    for k, (seat, path) in enumerate(offers.items()):
        dates = _dates_of_offers(record, seat)
        visible = [n for n, point in enumerate(path) if box.contains(*point)]
        for n in dict.fromkeys([*visible[:1], *visible[-1:]]):
            taken = any(np.allclose(path[n], other[0]) for other in wanted)
            if not taken:
                wanted.append(Wish(path[n], dates[n], style.SIDES[k % len(style.SIDES)][0], "normal"))
    marks = [*(p for name in POINTS for p in _points(record, name)[:, (i, j)]), *(w[0] for w in wanted)]
    marks += [p for path in offers.values() for p in path if box.contains(*p)]
    write_beside(ax, wanted, np.array(marks))


def _key(page: Page, record: Record, shown: int) -> None:
    handles: list[Artist] = []
    for k, seat in enumerate(record.seats):
        colour, marker, line = style.SIDES[k % len(style.SIDES)]
        label = style.offers_of(record, seat)
        handles.append(Line2D([], [], color=colour, marker=marker, linestyle=line, markersize=4, label=label))
    for mark in reversed(marks_of(record)):
        handles.append(Line2D([], [], label=mark.name, **_look(mark, min(10.0, mark.look[2]))))
    handles += key_of_frontier(record)
    if shown == 2:
        page.key(handles, most=2)
    else:
        page.aside(handles)
