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
from negosim.view.readings import party_labels
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


STEP = 0.9
"""By how much a marker is larger than the next one drawn upon it, in points."""
LAST = "last package of "
"""Prefix of the columns with what a side's last package would have meant."""
GLYPHS = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "P": "✚"}
"""Letters that look like the sides' markers."""


def has_comparison(record: Record) -> bool:
    """Return whether there is anything to hold against no deal: a deal, packages offered last, or a status quo."""
    return record.agreement or style.has_status_quo(record) or not last_packages(record).empty


def last_packages(record: Record) -> pd.DataFrame:
    """Return what each side's last package would have brought each party against no deal: one row a party, one column a side."""
    table = record.parties
    columns = {f"gain_from_{seat}": seat for seat in record.seats if f"gain_from_{seat}" in table}
    if not columns:
        return pd.DataFrame()
    last = table[table["round"] == table["round"].max()].set_index("party")
    packages: pd.DataFrame = last[list(columns)].rename(columns=columns).astype(float)
    return packages.dropna(axis=1, how="all")


@style.figure_of_tables
def who_gains(record: Record) -> Figure:
    """Draw what each party gains or pays against no deal; without a deal, what the last packages would have meant.

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
        There is neither a deal, nor a package offered, nor a status quo.
    """
    if not has_comparison(record):
        raise NegosimError(
            "who_gains: neither a deal nor an offer nor a status quo in these tables, so nothing to hold against no deal"
        )
    gains = record.gains.assign(
        bar=record.gains["gain"].astype(float),
        before=record.gains["status_quo"].astype(float) - record.gains["no_deal"].astype(float),
    )
    if not style.has_status_quo(record):
        gains["before"] = np.nan
    sides: dict[str, tuple[str, str]] = {}
    if record.agreement:
        sentence = f"{style.ending(record)}: who gains and who pays against no deal"
    else:
        last = last_packages(record)
        sides = {f"{LAST}{s}": style.SIDES[k % len(style.SIDES)][:2] for k, s in enumerate(record.seats) if s in last}
        for column in sides:
            gains[column] = gains["party"].map(last[column.removeprefix(LAST)])
        what = "the last packages on the table would have meant" if sides else "the status quo would mean"
        sentence = f"{style.ending(record)}: what {what}, against no deal"
        gains["bar"] = gains[list(sides)].mean(axis=1) if sides else gains["before"]
    groups = [_ordered(group) for _, group in gains.groupby("unit", sort=False)]
    rows = max(float(group["place"].max()) for group in groups) + 1.0
    width = style.WIDE if len(groups) > 1 or len(gains) > 6 else style.COLUMN
    page = Page(record, sentence, width)
    plots = page.figure.subplots(1, len(groups), squeeze=False)[0]
    for ax, group in zip(plots, groups, strict=True):
        _panel(ax, group, rows, sides, agreement=record.agreement)
    page.key(_key(record, gains, sides), most=6 if record.agreement else 3)
    note = _meaning(record)
    if note:
        page.note(note)
    return page.finish(rows * ROW + 0.75, between=0.08)


def _meaning(record: Record) -> str:
    """Return what the amounts are: aims in money for those at the table without a size, income for the others."""
    gains = record.gains
    weighing = (gains["role"] == "seat") & gains["size"].isna()
    if not weighing.any():
        return ""
    note = f"Parties at the table without a size ({', '.join(gains.loc[weighing, 'label'].astype(str))}): "
    note += "money equivalent of their weighted aims"
    return note + ("." if weighing.all() else "; others: income.")


def _ordered(group: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a panel, those at the table first and then by size of the bar, with their places from the top."""
    ordered = group.assign(later=group["role"] != "seat", down=-group["bar"].fillna(0.0))
    seats = ordered[~ordered["later"]]
    others = ordered[ordered["later"]].sort_values(["down", "label"], kind="stable")
    places = np.arange(len(group), dtype=float)
    places[len(seats) :] += GAP if len(seats) and len(others) else 0.0
    return pd.concat([seats, others]).assign(place=places)


def _panel(ax: Axes, group: pd.DataFrame, rows: float, sides: dict[str, tuple[str, str]], *, agreement: bool) -> None:
    unit = str(group["unit"].iloc[0])
    countries = [c for c in dict.fromkeys(group["country"].fillna("")) if c]
    style.tidy(ax, grid="x")
    place, bar = group["place"].to_numpy(float), group["bar"].fillna(0.0).to_numpy(float)
    for at, value, role in zip(place, bar, group["role"], strict=True):
        if value == 0 or not agreement:
            continue
        ax.barh(
            at, value, height=0.68, color=GAIN if value >= 0 else "white", edgecolor=GAIN if value >= 0 else LOSS,
            hatch="" if value >= 0 else HATCH, linewidth=0.7, alpha=1.0 if role == "seat" else 0.75, zorder=2,
        )  # fmt: skip
    before = group["before"].to_numpy(float)
    crowd = len(sides) > MOST_COLUMNS
    ax.plot(before, place, zorder=4, clip_on=False, **_status_quo(0 if crowd else len(sides)))
    offered = [group[column].to_numpy(float) for column in sides]
    if offered:
        ax.hlines(place, np.min([*offered, 0 * place], axis=0), np.max([*offered, 0 * place], axis=0),
                  color=style.PALE, linewidth=1.2, zorder=2)  # fmt: skip
    for k, (values, (colour, marker)) in enumerate(zip(offered, sides.values(), strict=True)):
        size = 3.2 if crowd else 4 + STEP * (len(sides) - 1 - k)
        beside = 0.22 * (k - (len(sides) - 1) / 2) if crowd else 0.0
        ax.plot(values, place + beside, color=colour, marker=marker, markersize=size, linestyle="", zorder=5)
    ax.axvline(0, color=style.INK, linewidth=0.8, zorder=1 if sides else 3)
    shown = np.concatenate([[0.0], bar, before, *offered])
    shown = shown[np.isfinite(shown)]
    low, high = float(shown.min()), float(shown.max())
    room = (0.1 if sides else 0.06) * (high - low) or 1.0
    ax.set_xlim(low - room, high + room)
    ax.set_ylim(rows - 0.4, -1.0)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=list(style.STEPS)))
    ax.set_yticks(place, [style.fold(label, 26) for label in group["label"]])
    for tick, role in zip(ax.get_yticklabels(), group["role"], strict=True):
        tick.set_fontweight("bold" if role == "seat" else "normal")
    ax.tick_params(axis="y", length=0)
    what = f"{'deal' if agreement else 'package' if sides else 'status quo'} minus no deal"
    ax.set_xlabel(style.with_unit(what, unit, 40))
    ax.set_title(
        style.fold(" and ".join(countries), 44),
        size=style.BODY,
        weight="bold",
        loc="left",
        pad=14 if sides and not crowd else 2,
    )
    if crowd:
        return
    columns = list(sides) if sides else ["bar"]
    decimals = style.decimals_for(group[columns].fillna(0.0).to_numpy(float).ravel())
    texts = [
        ["not known" if pd.isna(value) else signed(value, decimals) for value in row]
        for row in group[columns].to_numpy(float)
    ]
    heads = [GLYPHS[marker] for _, marker in sides.values()] or [""]
    style.values_beside(ax, heads, place, texts, [colour for colour, _ in sides.values()])


MOST_COLUMNS = 2
"""Up to so many packages on the table get a column of values each; more stand side by side, without."""
STATUS_QUO: dict[str, Any] = {
    "marker": "D", "linestyle": "", "markersize": 4.2, "markerfacecolor": "white", "markeredgecolor": style.INK,
    "markeredgewidth": 0.8,
}  # fmt: skip


def _status_quo(packages: int) -> dict[str, Any]:
    """Return the look of the status quo, large enough to be seen around so many packages at the same place."""
    return STATUS_QUO if not packages else {**STATUS_QUO, "markersize": 5.2 + STEP * packages}


def _key(record: Record, gains: pd.DataFrame, sides: dict[str, tuple[str, str]]) -> list[Artist]:
    handles: list[Artist] = []
    values = gains["bar"].fillna(0.0)
    if record.agreement and (values >= 0).any():
        handles.append(Patch(facecolor=GAIN, edgecolor=GAIN, label="better than no deal"))
    if record.agreement and (values < 0).any():
        handles.append(Patch(facecolor="white", edgecolor=LOSS, hatch=HATCH, label="worse than no deal"))
    labels = party_labels(record)
    for column, (colour, marker) in sides.items():
        label = f"{LAST}{labels[column.removeprefix(LAST)]}"
        handles.append(Line2D([], [], color=colour, marker=marker, markersize=4.5, linestyle="", label=label))
    if gains["before"].notna().any():
        handles.append(
            Line2D([], [], label="status quo", **_status_quo(len(sides) if len(sides) <= MOST_COLUMNS else 0))
        )
    handles.append(Line2D([], [], linestyle="", label="bold: at the table"))
    return handles
