"""The efficient packages in a plane of two seats' gains: what can be signed for sure, and what a vote at home can undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from negosim.view import style
from negosim.view.readings import Array, chances, gains_on_frontier

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from negosim.sim.record import Record

FEW = 60
"""Up to so many efficient packages are drawn as steps with dots, more as a line."""
EVEN = 0.5
"""A package counts as one that home will ratify from this chance on."""
VOTED: dict[str, Any] = {
    "marker": "o", "linestyle": "", "markersize": 2.8, "color": style.GREY, "markerfacecolor": "white",
    "markeredgecolor": style.GREY, "markeredgewidth": 0.5,
}  # fmt: skip


def needs_votes(record: Record) -> bool:
    """Return whether any efficient package can fail at home."""
    return bool((chances(record) < 1).any())


def good_for_all(gains: Array) -> NDArray[np.bool_]:
    """Return at which packages every seat is at least as well off as without a deal."""
    return np.asarray(np.all(gains >= 0, axis=1))


def draw_frontier(ax: Axes, record: Record, i: int, j: int) -> None:
    """Draw the efficient packages for seats i and j, and shade what is no worse than no deal for all and can be ratified."""
    gains, chance = gains_on_frontier(record), chances(record)
    good, sure = good_for_all(gains), chance == 1
    zone = gains[good & (chance >= EVEN)]
    if len(zone):
        order = np.argsort(zone[:, i], kind="stable")
        x = np.concatenate([[0.0], zone[order, i]])
        y = np.maximum.accumulate(np.concatenate([zone[order[:1], j], zone[order, j]])[::-1])[::-1]
        ax.fill_between(x, 0, y, step="pre", color=style.MIST, linewidth=0, zorder=0)
    if len(record.seats) > 2:
        shown, voted = gains[sure & good], gains[~sure & good]
        ax.scatter(shown[:, i], shown[:, j], s=1.2, color=style.PALE, linewidths=0, zorder=1.5, rasterized=True)
        if len(voted):
            look = {**VOTED, "markersize": 1.9, "markeredgewidth": 0.35}
            ax.plot(voted[:, i], voted[:, j], zorder=1.6, rasterized=True, **look)
        return
    order = np.argsort(gains[:, i], kind="stable")
    line, voted = gains[order], gains[~sure]
    line[~sure[order]] = np.nan  # a line joins neighbours on the frontier, not what lies on both sides of a vote
    x, y = line[:, i], line[:, j]
    if len(line) <= FEW or len(voted):
        ax.plot(x, y, color=style.INK, linestyle="", marker=".", markersize=3 if len(line) <= FEW else 1.5, zorder=2)
    if len(line) <= FEW:
        x, y = np.repeat(x, 2)[:-1], np.repeat(y, 2)[1:]
    ax.plot(x, y, color=style.INK, linewidth=0.9, zorder=2)
    if len(voted):
        ax.plot(voted[:, i], voted[:, j], zorder=2.1, rasterized=len(voted) > FEW, **VOTED)


def key_of_frontier(record: Record) -> list[Artist]:
    """Return the key of the efficient packages and of the shaded zone."""
    handles: list[Artist] = []
    votes = needs_votes(record)
    line: dict[str, Any] = {"color": style.INK, "linewidth": 0.9}
    dots: dict[str, Any] = {"color": style.PALE, "marker": ".", "linestyle": ""}
    label = "efficient, no vote" if votes else "efficient packages"
    handles.append(Line2D([], [], label=label, **(line if len(record.seats) == 2 else dots)))
    if votes:
        handles.append(Line2D([], [], label="efficient, by vote", **VOTED))
    if (good_for_all(gains_on_frontier(record)) & (chances(record) >= EVEN)).any():
        label = "ratifiable zone" if votes else "zone of mutual gain"
        handles.append(Patch(color=style.MIST, label=label))
    return handles
