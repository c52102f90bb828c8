"""The home table: stance, threat and level of every stakeholder over the calendar, above the offers that they react to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from negosim.errors import NegosimError
from negosim.view import style
from negosim.view.days import STRIP, Span, days_of_note, entries_of, events_of, key_of_days, write_letters
from negosim.view.limits import TEETH, colour_of, key_of_lines
from negosim.view.page import Page
from negosim.view.paths import draw_issue, key_of_offers
from negosim.view.readings import group_labels, is_pressed, limits_in, lines_of, party_labels, rows_of, tabled
from negosim.view.words import amount

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from negosim.sim.record import Record
    from negosim.view.page import Handle

CHARACTERS = 28
"""Width of the column of labels."""
LINE, LANE, STANCE, LEVELS, BETWEEN = 0.122, 0.1, 0.055, 0.11, 0.03
"""Heights of a line of a label, of a lane of marks, of the two strips of a row, and the room below a row, in inches."""
PANEL, MOST, TITLES = 0.62, 4.0, 0.6
"""Height of a panel, most height of all of them, and of titles and dates, in inches."""
FEWEST = 3
"""Issues shown where nobody demanded anything."""
MOBILISED = 2

STANCES: dict[str, tuple[str, dict[str, Any]]] = {
    "supports": ("in favour", {"facecolor": style.BLUE, "edgecolor": style.BLUE}),
    "opposes": ("against", {"facecolor": "white", "edgecolor": style.VERMILLION, "hatch": "//////"}),
    "indifferent": ("indifferent", {"facecolor": "#d9d9d9", "edgecolor": "#d9d9d9"}),
    "waits": ("waiting", {"facecolor": "white", "edgecolor": style.PALE}),
}
THREAT = style.PURPLE
PRESSURE = "#e9e9e9"
LEVEL: dict[str, Any] = {"color": style.INK, "linewidth": 1.2, "solid_capstyle": "butt", "solid_joinstyle": "miter"}


class Mark(NamedTuple):
    """How a move at home is drawn: lane from the top, words of the key, marker, colour, size."""

    lane: int
    words: str
    marker: str
    colour: str
    size: float


MARKS: dict[str, Mark] = {
    "demand": Mark(0, "demand", ">", style.INK, 4.6),
    "commitment": Mark(1, "line granted", "D", style.GREEN, 3.9),
    "payment": Mark(1, "payment", "o", style.ORANGE, 4.6),
    "refusal": Mark(1, "refusal", "x", style.VERMILLION, 4.2),
    "forced": Mark(2, "line forced", "s", style.INK, 4.0),
    "lapse": Mark(2, "its lines lapse", "s", style.INK, 4.0),
}
ANSWERS = ("commitment", "payment")
ASKED: dict[str, tuple[str, str]] = {"at_least": ("^", "demand: at least"), "at_most": ("v", "demand: at most")}


class Band(NamedTuple):
    """A row of the table: a group with its marks, or a stakeholder with its strips."""

    label: str
    group: str
    party: str
    """Empty for a group."""
    top: float
    height: float

    @property
    def bottom(self) -> float:
        """Distance of the foot of what is drawn from the top of the table, in inches."""
        return self.top + self.height - BETWEEN


@style.figure_of_tables
def home_table(record: Record) -> Figure:
    """Draw what happened at home: one row a group and a stakeholder, above the offers on the issues they made demands on.

    Parameters
    ----------
    record : Record

    Returns
    -------
    Figure
        One strip of rows and one panel an issue, over one calendar.

    Raises
    ------
    NegosimError
        Nobody pressed a government in these tables.
    """
    if not is_pressed(record):
        raise NegosimError("home_table: no group presses a government in these tables, so nothing to draw")
    span = Span.of(record)
    events, bands, issues = events_of(record, span), bands_of(record), issues_pressed(record)
    page = Page(record, f"{style.ending(record)}: the pressure at home and the offers it answers", style.WIDE)
    table_height = bands[-1].top + bands[-1].height
    each = min(PANEL, MOST / max(1, len(issues)))
    grid = page.figure.add_gridspec(1 + len(issues), 1, height_ratios=[table_height, *[each] * len(issues)])
    strips = page.figure.add_subplot(grid[0])
    _strips(strips, record, bands, span)
    days_of_note(strips, record, events)
    panels = [page.figure.add_subplot(grid[k + 1]) for k in range(len(issues))]
    for ax, issue in zip(panels, issues, strict=True):
        draw_issue(ax, record, issue, span, events)
        _asked(ax, record, str(issue["issue"]))
        ax.set_ylabel(style.with_unit(str(issue["label"]), str(issue["unit"]), CHARACTERS), rotation=0,
                      ha="right", va="center", labelpad=4)  # fmt: skip
    strips.set_title("At home", size=style.BODY, weight="bold", loc="left", pad=20 if events else 3)
    for ax in panels[:1]:
        ax.set_title("At the table", size=style.BODY, weight="bold", loc="left", pad=4)
    for ax in [strips, *panels][:-1]:
        ax.tick_params(labelbottom=False)
    [strips, *panels][-1].set_xlabel(span.axis, labelpad=1)
    page.key(_key_of_table(record), most=5)
    names = [str(issue["issue"]) for issue in issues]
    offers: list[Handle] = [*key_of_offers(record)] if issues else []
    page.key(
        [*offers, *_key_of_demands(record), *key_of_lines(record, names), *key_of_days(record, span, events)], most=4
    )
    page.note(_note(record, panels=bool(issues)))
    if events:
        page.entries(entries_of(events, span))
    figure = page.finish(table_height + (each + 0.08) * len(issues) + (STRIP if events else 0) + TITLES)
    if events:
        write_letters(strips, events)
    return figure


def bands_of(record: Record) -> list[Band]:
    """Return the rows of the table: every group that presses with its members, then the other stakeholders."""
    pressing, labels, groups = record.pressure, party_labels(record), group_labels(record)
    whom = {row["group"]: labels.get(row["government"], row["government"]) for row in rows_of(record.groups)}
    bands: list[Band] = []

    def add(label: str, group: str, party: str, least: float) -> None:
        top = bands[-1].top + bands[-1].height if bands else 0.0
        lines = LINE * (1 + label.count("\n"))
        bands.append(Band(label, group, party, top, max(least, lines) + BETWEEN))

    for group, name in groups.items():
        members = list(dict.fromkeys(pressing.loc[pressing["group"] == group, "party"].astype(str)))
        if not members:
            continue
        heading = style.fold(name, CHARACTERS) + (f"\n→ {whom[group]}" if group in whom else "")
        add(heading, group, "", LANE * _lanes(record.home[record.home["group"] == group]))
        for member in members:
            label = labels.get(member, member)
            alone = len(members) == 1 and label == name
            add("" if alone else style.fold(label, CHARACTERS), group, member, STANCE + LEVELS)
    watching = record.parties[record.parties["role"] == "stakeholder"]["party"].astype(str)
    for party in dict.fromkeys(watching):
        if party not in set(pressing["party"].astype(str)):
            add(style.fold(labels.get(party, party), CHARACTERS), "", party, STANCE + LEVELS)
    return bands


def _lanes(moves: pd.DataFrame) -> int:
    """Return how many lanes the marks of a group take."""
    return 1 + max((mark.lane for action, mark in MARKS.items() if action in set(moves["action"])), default=0)


def issues_pressed(record: Record) -> list[pd.Series[Any]]:
    """Return the issues that demands at home were about; without demands those with lines, else the first that moved."""
    named = {limit.issue for limit in limits_in(record.home)}
    named = named or {limit.issue for line in lines_of(record) for limit in line.limits}
    if not named:
        own = tabled(record)
        moved = [str(issue) for issue in record.issues["issue"] if own[issue].nunique() > 1]
        named = set(moved[:FEWEST])
    return [issue for _, issue in record.issues.iterrows() if issue["issue"] in named]


def _strips(ax: Axes, record: Record, bands: list[Band], span: Span) -> None:
    """Draw the rows of the table on an axis in inches from the top."""
    style.tidy(ax)
    span.mark(ax)
    ax.set_ylim(bands[-1].top + bands[-1].height, 0)
    pressing, stances, home = record.pressure, record.parties, record.home
    end = max(float(record.outcome["day"]), float(stances["day"].max())) + (span.limits[1] - span.last) / 2
    for band in bands:
        if band.party:
            _stance(ax, band, stances[stances["party"] == band.party], end)
            _threat(ax, band, pressing[pressing["party"] == band.party], end)
        else:
            _pressure(ax, band, pressing[pressing["group"] == band.group].drop_duplicates("round"), end)
            _marks(ax, band, home[home["group"] == band.group])
    ax.set_yticks([(band.top + band.bottom) / 2 for band in bands], [band.label for band in bands])
    for tick, band in zip(ax.get_yticklabels(), bands, strict=True):
        tick.set_fontweight("normal" if band.party else "bold")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _edges(days: pd.Series[Any], end: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return where the states of rounds begin, and where the last of them ends: each holds until the next round."""
    return np.append(days.to_numpy(float), end)


def _stance(ax: Axes, band: Band, rows: pd.DataFrame, end: float) -> None:
    edges = _edges(rows["day"], end)
    stance = rows["stance"].astype(str).to_numpy()
    for name, (_, look) in STANCES.items():
        held = _runs(stance == name, edges)
        ax.broken_barh(held, (band.top, STANCE), linewidth=0.4, zorder=2, **look)


def _threat(ax: Axes, band: Band, rows: pd.DataFrame, end: float) -> None:
    """Shade a stakeholder's threat, and draw its level upon it."""
    if rows.empty:
        return
    edges = _edges(rows["day"], end)
    height = band.bottom - band.top - STANCE
    shades = [_shade(threat) for threat in rows["threat"].astype(float)]
    cells = list(zip(edges[:-1], np.diff(edges), strict=True))
    ax.broken_barh(cells, (band.top + STANCE, height), facecolors=shades, linewidth=0, zorder=2)
    level = np.append(rows["level"].to_numpy(float), rows["level"].iloc[-1])
    ax.step(edges, band.bottom - height * (0.1 + 0.8 * level / MOBILISED), where="post", zorder=3, **LEVEL)


def _pressure(ax: Axes, band: Band, rows: pd.DataFrame, end: float) -> None:
    """Draw a group's pressure as an area; the full height of the row is 2."""
    edges = _edges(rows["day"], end)
    pressure = np.append(rows["pressure"].to_numpy(float), rows["pressure"].iloc[-1])
    top = band.bottom - (band.bottom - band.top) * pressure / MOBILISED
    ax.fill_between(edges, band.bottom, top, step="post", color=PRESSURE, linewidth=0, zorder=0.5)
    ax.plot([edges[0], end], [band.bottom] * 2, color=style.PALE, linewidth=0.5, zorder=1)


def _marks(ax: Axes, band: Band, rows: pd.DataFrame) -> None:
    """Draw the moves of a group and its government; an answer that the group does not accept is hollow."""
    protested = _protested(rows)
    lane = (band.bottom - band.top) / _lanes(rows)
    for name, mark in MARKS.items():
        for row in rows_of(rows[rows["action"] == name].drop_duplicates("round")):
            hollow = name == "lapse" or (name in ANSWERS and (row["group"], row["round"]) in protested)
            ax.plot(row["day"], band.top + (mark.lane + 0.5) * lane, zorder=5, **_look(mark, hollow=hollow))


def _protested(moves: pd.DataFrame) -> set[tuple[str, int]]:
    """Return group and round of the answers other than a refusal that the group did not accept."""
    kept = [
        {(str(row["group"]), int(row["round"])) for row in rows_of(moves[moves["action"].isin(actions)])}
        for actions in (ANSWERS, ["protest"])
    ]
    return kept[0] & kept[1]


def _look(mark: Mark, *, hollow: bool) -> dict[str, Any]:
    return {
        "marker": mark.marker, "linestyle": "", "markersize": mark.size, "color": mark.colour,
        "markerfacecolor": "white" if hollow else mark.colour, "markeredgecolor": mark.colour,
        "markeredgewidth": 1.2 if mark.marker == "x" else 0.9,
    }  # fmt: skip


def _runs(held: np.ndarray[Any, np.dtype[np.bool_]], edges: np.ndarray[Any, Any]) -> list[tuple[float, float]]:
    """Return start and length of the stretches over which something held."""
    starts = [k for k, on in enumerate(held) if on and not (k and held[k - 1])]
    stops = [k + 1 for k, on in enumerate(held) if on and not (k + 1 < len(held) and held[k + 1])]
    return [(float(edges[a]), float(edges[b] - edges[a])) for a, b in zip(starts, stops, strict=True)]


def _shade(threat: float) -> tuple[float, float, float]:
    red, green, blue = (1 - min(1.0, max(0.0, threat)) * (1 - part) for part in to_rgb(THREAT))
    return red, green, blue


def _asked(ax: Axes, record: Record, issue: str) -> None:
    """Mark the limits that groups demanded, in the colour of the government that they press."""
    home = record.home
    for row in rows_of(home[(home["action"] == "demand") & (home["issue"] == issue)]):
        look = _asked_look(row["side"], colour_of(record, row["government"]))
        ax.plot(row["day"], row["level"], zorder=2.9, **look)


def _asked_look(side: str, colour: str) -> dict[str, Any]:
    return {
        "marker": ASKED[side][0], "linestyle": "", "markersize": 6.5, "color": colour, "markerfacecolor": "white",
        "markeredgecolor": colour, "markeredgewidth": 0.9, "clip_on": False,
    }  # fmt: skip


def _key_of_table(record: Record) -> list[Handle]:
    stances = set(record.parties.loc[record.parties["role"] == "stakeholder", "stance"].astype(str))
    handles: list[Handle] = [
        Patch(linewidth=0.4, label=words, **look) for name, (words, look) in STANCES.items() if name in stances
    ]
    handles += [Patch(color=_shade(t), linewidth=0, label=f"threat {t:g}") for t in (0.3, 1.0)]
    handles.append(Line2D([], [], label="level", **LEVEL))
    handles.append(Patch(color=PRESSURE, linewidth=0, label="pressure"))
    done = set(record.home["action"])
    handles += [
        Line2D([], [], label=mark.words, **_look(mark, hollow=name == "lapse"))
        for name, mark in MARKS.items()
        if name in done
    ]
    return handles


def _key_of_demands(record: Record) -> list[Handle]:
    sides = set(record.home.loc[record.home["action"] == "demand", "side"])
    return [
        Line2D([], [], label=words, **_asked_look(side, style.GREY))
        for side, (_, words) in ASKED.items()
        if side in sides
    ]


def _note(record: Record, *, panels: bool) -> str:
    note = "Stakeholders: stance, and below it the level (quiet, lobbying, mobilised) on the shade of the threat. "
    note += "Groups, with the government that they press: moves, on the shade of their pressure (full height: all mobilised)."
    done = set(record.home["action"])
    if _protested(record.home):
        note += " Hollow answers were not accepted."
    thresholds = [f"{g['label']} {amount(g['lobbying'])} and {amount(g['mobilised'])}" for g in rows_of(record.groups)]
    if thresholds:
        note += f" Threats from which members lobby and mobilise: {'; '.join(thresholds)}."
    if panels and "demand" in done:
        note += " Triangles at the table: limits demanded, in the colour of the government pressed."
    if panels and lines_of(record):
        note += f" {TEETH}"
    return note
