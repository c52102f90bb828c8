"""Who gains and who pays: every party's yearly result against no deal, in its own money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from negosim.errors import NegosimError
from negosim.view import style
from negosim.view.page import Page
from negosim.view.words import signed

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from negosim.sim.record import Record

ROW = 0.235
"""Height of a row in inches."""
GAP = 0.55
"""Rows between those at the table and the others."""
GAIN, LOSS, HATCH = style.BLUE, style.VERMILLION, "//////"


def has_comparison(record: Record) -> bool:
    """Return whether there is anything to hold against no deal: a deal or a status quo."""
    return record.agreement or style.has_status_quo(record)


@style.figure_of_tables
def who_gains(record: Record) -> Figure:
    """Draw what each party gains or pays against no deal; without a deal, what the status quo is worth against it.

    Parameters
    ----------
    record : Record

    Returns
    -------
    Figure
        One panel a money unit, side by side; one row a party.

    Raises
    ------
    NegosimError
        There is neither a deal nor a status quo.
    """
    if not has_comparison(record):
        raise NegosimError(
            "who_gains: neither a deal nor a status quo in these tables, so nothing to hold against no deal"
        )
    if record.agreement:
        sentence = f"{style.ending(record)}: who gains and who pays against no deal"
    else:
        sentence = f"{style.ending(record)}: what each party would have under the status quo, against no deal"
    gains = record.gains.assign(
        bar=record.gains["gain"].astype(float),
        before=record.gains["status_quo"].astype(float) - record.gains["no_deal"].astype(float),
    )
    if not style.has_status_quo(record):
        gains["before"] = np.nan
    if not record.agreement:
        gains["bar"] = gains["before"]
    groups = [_ordered(group) for _, group in gains.groupby("unit", sort=False)]
    rows = max(float(group["place"].max()) for group in groups) + 1.0
    width = style.WIDE if len(groups) > 1 or len(gains) > 6 else style.COLUMN
    page = Page(record, sentence, width)
    plots = page.figure.subplots(1, len(groups), squeeze=False)[0]
    for ax, group in zip(plots, groups, strict=True):
        _panel(ax, group, rows, agreement=record.agreement)
    page.key(_key(gains, agreement=record.agreement))
    return page.finish(rows * ROW + 0.75, between=0.08)


def _ordered(group: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a panel, those at the table first and then by size of the bar, with their places from the top."""
    ordered = group.assign(later=group["role"] != "seat", down=-group["bar"].fillna(0.0))
    seats = ordered[~ordered["later"]]
    others = ordered[ordered["later"]].sort_values(["down", "label"], kind="stable")
    places = np.arange(len(group), dtype=float)
    places[len(seats) :] += GAP if len(seats) and len(others) else 0.0
    return pd.concat([seats, others]).assign(place=places)


def _panel(ax: Axes, group: pd.DataFrame, rows: float, *, agreement: bool) -> None:
    unit = str(group["unit"].iloc[0])
    countries = [c for c in dict.fromkeys(group["country"].fillna("")) if c]
    style.tidy(ax, grid="x")
    place, bar = group["place"].to_numpy(float), group["bar"].fillna(0.0).to_numpy(float)
    for at, value, role in zip(place, bar, group["role"], strict=True):
        if value == 0:
            continue
        ax.barh(
            at, value, height=0.68, color=GAIN if value >= 0 else "white", edgecolor=GAIN if value >= 0 else LOSS,
            hatch="" if value >= 0 else HATCH, linewidth=0.7, alpha=1.0 if role == "seat" else 0.75, zorder=2,
        )  # fmt: skip
    before = group["before"].to_numpy(float)
    if agreement:
        ax.plot(before, place, zorder=4, **STATUS_QUO)
    ax.axvline(0, color=style.INK, linewidth=0.8, zorder=3)
    shown = np.concatenate([[0.0], bar, before[np.isfinite(before)]])
    low, high = float(shown.min()), float(shown.max())
    room = 0.06 * (high - low) or 1.0
    ax.set_xlim(low - room, high + room)
    ax.set_ylim(rows - 0.4, -1.0)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=list(style.STEPS)))
    ax.set_yticks(place, [style.fold(label, 26) for label in group["label"]])
    for tick, role in zip(ax.get_yticklabels(), group["role"], strict=True):
        tick.set_fontweight("bold" if role == "seat" else "normal")
    ax.tick_params(axis="y", length=0)
    decimals = style.decimals_for(bar)
    texts = [("not known" if pd.isna(value) else signed(value, decimals),) for value in group["bar"]]
    style.values_beside(ax, ("",), place, texts)
    what = "deal minus no deal" if agreement else "status quo minus no deal"
    ax.set_xlabel(style.with_unit(what, unit, 40))
    ax.set_title(style.fold(" and ".join(countries), 44), size=style.BODY, weight="bold", loc="left", pad=2)


STATUS_QUO: dict[str, Any] = {
    "marker": "D", "linestyle": "", "markersize": 4.2, "markerfacecolor": "white", "markeredgecolor": style.INK,
    "markeredgewidth": 0.8,
}  # fmt: skip


def _key(gains: pd.DataFrame, *, agreement: bool) -> list[Artist]:
    handles: list[Artist] = []
    values = gains["bar"].fillna(0.0)
    if (values >= 0).any():
        handles.append(Patch(facecolor=GAIN, edgecolor=GAIN, label="better than no deal"))
    if (values < 0).any():
        handles.append(Patch(facecolor="white", edgecolor=LOSS, hatch=HATCH, label="worse than no deal"))
    if agreement and gains["before"].notna().any():
        handles.append(Line2D([], [], label="status quo", **STATUS_QUO))
    handles.append(Line2D([], [], linestyle="", label="bold: at the table"))
    return handles
