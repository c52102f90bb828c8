"""What farms and firms bear: households with costs above the price, and losses against a firm's own size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from negosim.view import style

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from negosim.sim.record import Record

SITUATIONS = {"status_quo": "status quo", "no_deal": "no deal", "deal": "deal", "full_opening": "full opening"}
LINES: tuple[tuple[str, Any], ...] = (
    (style.BLUE, "-"),
    (style.VERMILLION, (0, (4, 1.5))),
    (style.GREEN, (0, (1, 1.2))),
    (style.PURPLE, (0, (5, 1.5, 1, 1.5))),
)
ROW, LINE = 0.24, 0.135
"""Least height of a row, and height of a line of its label, in inches."""
NO_DEAL: dict[str, Any] = {
    "marker": "P", "linestyle": "", "markersize": 5, "markerfacecolor": style.INK, "markeredgecolor": style.INK,
    "markeredgewidth": 0.5,
}  # fmt: skip
DEAL: dict[str, Any] = {
    "marker": "*", "linestyle": "", "markersize": 8.5, "markerfacecolor": "#F0E442", "markeredgecolor": style.INK,
    "markeredgewidth": 0.6,
}  # fmt: skip


def has_farms_or_firms(record: Record) -> bool:
    """Return whether there is anything to draw: a kind of farm, or a party with a size."""
    return not record.farm_costs.empty or bool(record.gains["size"].notna().any())


@style.figure_of_tables
def farms_and_firms(record: Record) -> Figure:
    """Draw which households the prices drive out, and what firms bear for their size.

    Parameters
    ----------
    record : Record

    Returns
    -------
    Figure
        Left one panel a kind of farm; right firms, and below them the other parties with a size.

    Raises
    ------
    ValueError
        The tables hold neither farms nor sizes.
    """
    if not has_farms_or_firms(record):
        raise ValueError("no farms and no party with a size in these tables: nothing to draw")
    markets = list(dict.fromkeys(record.farm_costs["market"]))
    sized = record.gains[record.gains["size"].notna()]
    sizes = _by_size(sized)
    what = " and ".join(word for word, there in (("farms", markets), ("firms", sizes)) if there)
    page = style.Page(
        record, f"{style.ending(record)}: what {what} bear", style.WIDE if markets and sizes else style.COLUMN + 0.6
    )
    sides = page.figure.subfigures(1, 2, width_ratios=[1.0, 1.15]) if markets and sizes else [page.figure] * 2
    if markets:
        for ax, market in zip(sides[0].subplots(len(markets), 1, squeeze=False)[:, 0], markets, strict=True):
            _costs(ax, record, market)
    heights = [0.0]
    if sizes:
        heights = [sum(_heights(_names(group))) for group in sizes]
        plots = sides[1].subplots(len(sizes), 1, squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
        for ax, group in zip(plots, sizes, strict=True):
            _exposure(ax, group, agreement=record.agreement)
        page.key(_key(agreement=record.agreement))
    return page.finish(max(2.9 * len(markets), sum(heights) + 0.85 * len(sizes)))


def _by_size(sized: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the parties with the commonest measure of size, and all others."""
    if sized.empty:
        return []
    measures = sized["size_label"].fillna("")
    commonest = measures.value_counts(sort=False).idxmax()
    groups = (sized[measures == commonest], sized[measures != commonest])
    return [g.sort_values(["no_deal_percent_of_size", "label"], kind="stable") for g in groups if len(g)]


def _names(group: pd.DataFrame) -> list[str]:
    """Return the labels of the rows; with its measure of size where it differs between them."""
    measures = group["size_label"].fillna("").astype(str)
    one = measures.nunique() == 1
    ax.set_yticks(places, names)
    ax.tick_params(axis="y", length=0)
    measure = str(group["size_label"].iloc[0]) if group["size_label"].nunique() == 1 else "the size in brackets"
    ax.set_xlabel(f"loss (−) or gain (+) a year\n(percent of {measure})")
    heads = ("no deal", "deal") if agreement else ("no deal",)
    rows = [tuple(style.signed(v, 1) for v in pair)[: len(heads)] for pair in zip(no_deal, deal, strict=True)]
    style.values_beside(ax, heads, places, rows)


def _key(*, agreement: bool) -> list[Artist]:
    handles: list[Artist] = [Line2D([], [], label="under no deal", **NO_DEAL)]
    if agreement:
        handles.append(Line2D([], [], label="under the deal", **DEAL))
    return handles
