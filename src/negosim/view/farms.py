"""What farms and firms bear: households with costs above the price, and losses against a firm's own size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from negosim.errors import NegosimError
from negosim.view import style
from negosim.view.page import Page
from negosim.view.words import listed, signed, unit_words

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
NOTHING = 1e-6
"""Percentages up to this size are rounding."""
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
    """Return whether there is anything to draw: a kind of farm, or a party with a size that gains or loses."""
    return not record.farm_costs.empty or bool(_touched(record.gains[record.gains["size"].notna()]))


def _touched(sized: pd.DataFrame) -> bool:
    """Return whether any of these parties gains or loses anything."""
    columns = [c for c in ("no_deal_percent_of_size", "deal_percent_of_size") if c in sized]
    return bool((sized[columns].astype(float).fillna(0.0).abs() > NOTHING).to_numpy().any())


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
    NegosimError
        The tables hold neither farms nor sizes.
    """
    if not has_farms_or_firms(record):
        raise NegosimError(
            "farms_and_firms: no farms and no gain or loss of a party with a size in these tables, so nothing to draw"
        )
    markets = list(dict.fromkeys(record.farm_costs["market"]))
    sized = record.gains[record.gains["size"].notna()]
    groups = _by_size(sized)
    sizes = [group for group in groups if _touched(group)]
    untouched = [name for group in groups if not _touched(group) for name in group["label"].astype(str)]
    what = " and ".join(word for word, there in (("farms", markets), ("firms", sizes)) if there)
    page = Page(
        record, f"{style.ending(record)}: what {what} bear", style.WIDE if markets and sizes else style.COLUMN + 0.6
    )
    sides = page.figure.add_gridspec(
        1, 2 if markets and sizes else 1, width_ratios=[1.0, 1.15] if markets and sizes else None
    )
    if markets:
        plots = sides[0, 0].subgridspec(len(markets), 1).subplots(squeeze=False)[:, 0]
        for ax, market in zip(plots, markets, strict=True):
            _costs(ax, record, market)
    heights = [sum(_heights(_names(group))) for group in sizes]
    if sizes:
        plots = sides[0, -1].subgridspec(len(sizes), 1, height_ratios=heights).subplots(squeeze=False)[:, 0]
        for ax, group in zip(plots, sizes, strict=True):
            _exposure(ax, group, agreement=record.agreement)
        page.key(_key(agreement=record.agreement), left=0.56 * style.WIDE if markets else 0.0)
    if untouched:
        ends = "no deal or the deal" if record.agreement else "no deal"
        page.note(f"Not drawn, with neither gain nor loss under {ends}: {'; '.join(untouched)}.")
    return page.finish(max(4.0 * len(markets), sum(heights) + 0.85 * len(sizes)))


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
    names = [n if one else f"{n} ({m})" for n, m in zip(group["label"].astype(str), measures, strict=True)]
    return [style.fold(name, 32) for name in names]


def _heights(names: list[str]) -> list[float]:
    return [max(ROW, LINE * (name.count("\n") + 1) + 0.05) for name in names]


def prices(exits: pd.DataFrame) -> list[tuple[str, pd.Series[Any]]]:
    """Return the situations that differ in price, from the dearest down, and under one name those that do not."""
    together: dict[float, list[str]] = {}
    first: dict[float, pd.Series[Any]] = {}
    for _, row in exits.iterrows():
        price = round(float(row["price"]), 6)
        together.setdefault(price, []).append(SITUATIONS.get(str(row["situation"]), str(row["situation"])))
        first.setdefault(price, row)

    return [(listed(together[p]), first[p]) for p in sorted(together, reverse=True)]


def unchanged(exits: pd.DataFrame) -> bool:
    """Return whether every situation but full opening has the same price."""
    reached = exits.loc[exits["situation"] != "full_opening", "price"].astype(float)
    return len(reached) > 1 and float(np.ptp(reached)) <= NOTHING


def _costs(ax: Axes, record: Record, market: str) -> None:
    """Draw which share of the households has costs up to x, and what every price leaves uncovered."""
    costs = record.farm_costs[record.farm_costs["market"] == market]
    shown = prices(record.farm_exits[record.farm_exits["market"] == market])
    unit = unit_words(str(costs["unit"].iloc[0]))
    style.tidy(ax, grid="y")
    ax.plot(costs["cost"], 100 * costs["share"], color=style.INK, linewidth=1.2, zorder=4)
    handles: list[Artist] = [Line2D([], [], color=style.INK, linewidth=1.2, label="households with costs up to x")]
    for (names, row), (colour, line) in zip(shown, LINES, strict=False):
        price, stay = float(row["price"]), 100 * (1 - float(row["uncovered_share"]))
        ax.axvline(price, color=colour, linestyle=line, linewidth=1.1, zorder=3)
        label = f"{style.fold(names, 40)}:\n{price:,.0f} {unit}, "
        if row["exits"] > 0:
            band = [stay, stay + 100 * row["exit_share"]]
            ax.plot([price, price], band, color=colour, linewidth=4, alpha=0.35, solid_capstyle="butt", zorder=2)
            label += f"{100 * row['exit_share']:.1f} % give up\n({round(float(row['exits']), -2):,.0f} households)"
        else:
            label += "nobody more gives up"
        dot: dict[str, Any] = {"marker": "o", "color": colour, "markersize": 4, "markeredgecolor": style.INK}
        ax.plot(price, stay, markeredgewidth=0.5, zorder=5, **dot)
        handles.append(Line2D([], [], linestyle=line, linewidth=1.1, markeredgewidth=0.5, label=label, **dot))
    top = max([1.2 * float(row["price"]) for _, row in shown] or [float(costs["cost"].max())])
    ax.set_xlim(0, top)
    ax.set_ylim(0, 104)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=list(style.STEPS)))
    ax.set_xlabel(f"cost or price ({unit})")
    ax.set_ylabel(f"share of {float(costs['households'].iloc[0]):,.0f} households\n(percent)")
    label = str(costs["label"].iloc[0])
    if unchanged(record.farm_exits[record.farm_exits["market"] == market]):
        label += f": price unchanged under {'the deal' if record.agreement else 'no deal'}"
    ax.set_title(style.fold(label, 46), size=style.BODY, weight="bold", loc="left", pad=4)
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(-0.12, -0.19), borderaxespad=0, handlelength=2.4,
        labelspacing=0.5,
    )  # fmt: skip


def _exposure(ax: Axes, group: pd.DataFrame, *, agreement: bool) -> None:
    """Draw one row a party: what it bears under no deal and under the deal, in percent of its size."""
    style.tidy(ax, grid="x")
    names = _names(group)
    heights = np.array(_heights(names))
    places = np.cumsum(heights) - heights / 2
    no_deal = group["no_deal_percent_of_size"].to_numpy(float)
    deal = group["deal_percent_of_size"].to_numpy(float) if agreement else no_deal
    ax.hlines(places, no_deal, deal, color=style.GREY, linewidth=1.4, zorder=2)
    ax.plot(no_deal, places, zorder=3, **NO_DEAL)
    if agreement:
        ax.plot(deal, places, zorder=4, **DEAL)
    ax.axvline(0, color=style.INK, linewidth=0.8, zorder=1)
    shown = np.concatenate([[0.0], no_deal, deal])
    shown = shown[np.isfinite(shown)]
    room = 0.08 * float(np.ptp(shown)) or 1.0
    ax.set_xlim(float(shown.min()) - room, float(shown.max()) + room)
    ax.set_ylim(float(heights.sum()), 0)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=list(style.STEPS)))
    ax.set_yticks(places, names)
    ax.tick_params(axis="y", length=0)
    measures = group["size_label"].fillna("")
    measure = str(measures.iloc[0]) if measures.nunique() == 1 else "the size in brackets"
    ax.set_xlabel(f"loss (−) or gain (+) a year\n(percent of {measure})")
    ax.set_title(style.fold(f"against {measure}", 26), size=style.BODY, weight="bold", loc="left", pad=14)
    heads = ("no deal", "deal") if agreement else ("no deal",)
    rows = [tuple(signed(v, 1) for v in pair)[: len(heads)] for pair in zip(no_deal, deal, strict=True)]
    style.values_beside(ax, heads, places.tolist(), rows)


def _key(*, agreement: bool) -> list[Artist]:
    handles: list[Artist] = [Line2D([], [], label="under no deal", **NO_DEAL)]
    if agreement:
        handles.append(Line2D([], [], label="under the deal", **DEAL))
    return handles
