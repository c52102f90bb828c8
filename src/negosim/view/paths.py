"""Issue by issue: the levels that each side offered over the calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from negosim.view import style
from negosim.view.page import Page
from negosim.view.words import date_of, short_date, unit_words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from negosim.sim.record import Record

COLUMNS = 3
PANEL, STRIP = 1.22, 0.25
"""Height of a panel with its title, and of the letters of events above the first row, in inches."""
IN_FORCE: dict[str, Any] = {"color": style.PALE, "linewidth": 2.4, "linestyle": "-"}
NO_DEAL: dict[str, Any] = {"color": style.INK, "linewidth": 0.9, "linestyle": (0, (2, 1.5))}
SITUATIONS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("status_quo", "status quo", "in force", IN_FORCE),
    ("no_deal", "no deal", "no deal", NO_DEAL),
)
"""Column of the issues and its name, rows of what was in force when, and look."""
LETTER = 9.5
"""Least distance between the letters of events, in points; one letter more adds half of it."""
EVENT: dict[str, Any] = {"color": "#cfcfcf", "linewidth": 0.6}
DEADLINES: tuple[dict[str, Any], ...] = (
    {"color": style.INK, "linewidth": 1.1, "linestyle": "-"},
    {"color": style.INK, "linewidth": 1.1, "linestyle": (0, (6, 2))},
)
DEAL: dict[str, Any] = {
    "marker": "*", "color": "#F0E442", "markersize": 9, "linestyle": "",
    "markeredgecolor": style.INK, "markeredgewidth": 0.6,
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """The days that the figure shows: the first and last, and the date of day 0 (None without dates)."""

    first: float
    last: float
    start: dt.date | None

    @classmethod
    def of(cls, record: Record) -> Span:
        """Return the days from the first round to the end of the talks or the last deadline, whichever is later."""
        calendar = record.calendar
        dates = [date_of(d) for d in calendar["date"]]
        start = None if dates[0] is None else dates[0] - dt.timedelta(days=float(calendar["day"].iloc[0]))
        shown = calendar[calendar["kind"] != "event"]
        return cls(float(record.offers["day"].min()), float(shown["day"].max()), start)

    @property
    def limits(self) -> tuple[float, float]:
        """Limits of the axis: a little more on both sides."""
        room = 0.035 * (self.last - self.first) or 0.5
        return self.first - room, self.last + room

    def name(self, day: float) -> str:
        """Return the date of a day, or its round where there are no dates."""
        if self.start is None:
            return f"round {day + 1:.0f}"
        return short_date(self.start + dt.timedelta(days=float(day)))

    def mark(self, ax: Axes) -> None:
        """Set limits and ticks: first days of months, or rounds."""
        ax.set_xlim(self.limits)
        if self.start is None:
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            ax.xaxis.set_major_formatter(FuncFormatter(lambda day, _: f"{day + 1:.0f}"))
            return
        end = self.start + dt.timedelta(days=self.last)
        months = (end.year - self.start.year) * 12 + end.month - self.start.month
        step = 1 + months // 5
        firsts = [
            dt.date(self.start.year + (self.start.month - 1 + k) // 12, (self.start.month - 1 + k) % 12 + 1, 1)
            for k in range(0, months + 1)
        ]
        days = [(date - self.start).days for date in firsts]
        days = [day for day in days if self.limits[0] <= day <= self.limits[1]][::step]
        if len(days) < 2:
            days = sorted({round(self.first), round(self.last)})
        ax.xaxis.set_major_locator(FixedLocator(days))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda day, _: self.name(day)))

    @property
    def axis(self) -> str:
        """Label of the axis."""
        if self.start is None:
            return "round"
        end = self.start + dt.timedelta(days=self.last)
        return str(self.start.year) if end.year == self.start.year else f"{self.start.year} to {end.year}"


@style.figure_of_tables
def issue_paths(record: Record) -> Figure:
    """Draw what each side offered on each issue, round by round.

    Parameters
    ----------
    record : Record

    Returns
    -------
    Figure
        One panel an issue; events carry letters that a key at the foot explains.
    """
    span, issues = Span.of(record), record.issues
    columns = min(COLUMNS, len(issues))
    rows = -(-len(issues) // columns)
    page = Page(record, f"{style.ending(record)}: how the offers moved on each issue", style.WIDE)
    events = _events(record, span)
    panels = page.figure.subplots(rows, columns, squeeze=False)
    for k, (_, issue) in enumerate(issues.iterrows()):
        ax = panels[k // columns, k % columns]
        _panel(ax, record, issue, span, events, top=k < columns)
        if k + columns < len(issues):
            ax.tick_params(labelbottom=False)
        else:
            ax.set_xlabel(span.axis, labelpad=1)
            # Below a panel with nothing under it there is room without moving the rows apart.
            ax.xaxis.set_in_layout(k // columns == rows - 1)
    for k in range(len(issues), rows * columns):
        panels[k // columns, k % columns].remove()
    page.key(_key(record, span), most=4)
    note = ""
    if record.offers[record.offers["action"] == "offer"].duplicated(["by", "day"]).any():
        note = "Where a side made several offers on a day: the opening demand and the last offer of the day. "
    page.note(
        f"{note}Offers are chosen for what they are worth, so packages of nearly the same worth may differ in their "
        "issues from round to round."
    )
    if events:
        page.entries([(f"{letter}  {span.name(day)}", label) for letter, day, label in events])
    figure = page.finish(PANEL * rows + (STRIP if events else 0) + 0.35)
    for ax in panels[0, : len(issues)] if events else ():
        _letters(ax, events)
    return figure


def steps_of(record: Record, issue: pd.Series[Any], situation: str) -> list[tuple[float, Any]]:
    """Return from which day on which level of an issue held: ``in force``, or what ``no deal`` meant; without data none."""
    table = record.in_force
    if "what" not in table or issue["issue"] not in table:
        return []
    rows = table[table["what"] == situation].sort_values("day", kind="stable")
    held = zip(rows["day"].astype(float), rows[issue["issue"]], strict=True)
    return [(day, level) for day, level in held if not pd.isna(level)]


def levels_of(record: Record, issue: pd.Series[Any]) -> list[str] | None:
    """Return the words of an issue in their order, or None when its levels are numbers.

    A table without the column ``words`` names the first and the last only; words between stand in the order they were offered.
    """
    if not _is_word(issue["lowest"]):
        return None
    if isinstance(issue.get("words"), str):
        return str(issue["words"]).split(" | ")
    offered = [w for w in record.offers[issue["issue"]] if isinstance(w, str)]
    between = [w for w in dict.fromkeys(offered) if w not in (issue["lowest"], issue["highest"])]
    return [issue["lowest"], *between, issue["highest"]]


def _is_word(level: Any) -> bool:
    """Return whether a level is a word; a table that mixes words and numbers reads its numbers as text."""
    try:
        float(level)
    except ValueError:
        return True
    return False


def _events(record: Record, span: Span) -> list[tuple[str, float, str]]:
    """Return letter, day and label of the events within the talks, in their order."""
    calendar = record.calendar
    low, high = span.limits
    rows = calendar[calendar["kind"].isin(["event", "letter"]) & calendar["day"].between(low, high)]
    letters = [chr(ord("a") + k) if k < 26 else f"a{chr(ord('a') + k - 26)}" for k in range(len(rows))]
    days = rows["day"].astype(float)
    return list(zip(letters, days, rows["label"].astype(str), strict=True))


def path_of(own: pd.DataFrame) -> pd.DataFrame:
    """Return a side's first offer and the last one of every day."""
    kept: pd.DataFrame = own[(own.index == own.index.min()) | ~own.duplicated("day", keep="last")]
    return kept


def _deadlines(record: Record) -> list[tuple[float, str]]:
    rows = record.calendar[record.calendar["kind"] == "deadline"]
    return list(zip(rows["day"].astype(float), rows["label"].astype(str), strict=True))


def _panel(
    ax: Axes,
    record: Record,
    issue: pd.Series[Any],
    span: Span,
    events: list[tuple[str, float, str]],
    *,
    top: bool,
) -> None:
    style.tidy(ax)
    words = levels_of(record, issue)

    def place(level: Any) -> Any:
        if pd.isna(level):
            return None
        if words is None:
            return float(level)
        return float(words.index(level)) if level in words else None

    for _, day, _ in events:
        ax.axvline(day, zorder=0, **EVENT)
    for (day, _), look in zip(_deadlines(record), DEADLINES, strict=False):
        ax.axvline(day, zorder=1, **look)
    held: list[float] = []
    for column, _, situation, look in SITUATIONS:
        steps = [(day, place(level)) for day, level in steps_of(record, issue, situation)]
        level = place(issue.get(column))
        if steps:
            # No further than the talks: after them the deal holds, or no deal is in force.
            days = [max(steps[0][0], span.first), *(day for day, _ in steps[1:]), float(record.outcome["day"])]
            levels = [level for _, level in steps]
            ax.plot(days, [*levels, levels[-1]], drawstyle="steps-post", solid_joinstyle="miter", zorder=2, **look)
            held += levels
        elif level is not None:
            ax.axhline(level, zorder=2, **look)
            held.append(level)
    own = record.offers[record.offers["action"] == "offer"]
    for k, seat in enumerate(record.seats):
        colour, marker, line = style.SIDES[k % len(style.SIDES)]
        path = path_of(own[own["by"] == seat])
        if path.empty:
            continue
        ax.plot(
            path["day"].to_numpy(float), [place(v) for v in path[issue["issue"]]], color=colour, marker=marker,
            linestyle=line, markersize=3.2, linewidth=0.9, markeredgewidth=0.5, zorder=3, clip_on=False,
            markerfacecolor="white" if k % 2 else colour,
        )  # fmt: skip
    if record.agreement:
        level = place((record.outcome.get("package") or {}).get(issue["issue"]))
        if level is not None:
            ax.plot(float(record.outcome["day"]), level, zorder=5, clip_on=False, **DEAL)
    span.mark(ax)
    low, high = (0.0, len(words) - 1.0) if words else (float(issue["lowest"]), float(issue["highest"]))
    low, high = min([low, *held]), max([high, *held])
    room = 0.08 * (high - low) or 1.0
    ax.set_ylim(low - room, high + room)
    if words:
        ax.yaxis.set_major_locator(FixedLocator(range(len(words))))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: style.fold(words[round(v)], 14)))
    else:
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=list(style.STEPS)))
        ax.set_ylabel(style.fold(unit_words(str(issue["unit"])), 16), labelpad=2)
    ax.set_title(
        "\n".join(style.wrapped(str(issue["label"]), _title_width(record), style.BODY)),
        size=style.BODY,
        loc="left",
        pad=20 if top and events else 3,
    )


def _title_width(record: Record) -> float:
    """Return how wide a title may be, in inches; words beside the axis leave a panel less."""
    words = any(_is_word(level) for level in record.issues["lowest"])
    columns = min(COLUMNS, len(record.issues))
    return style.WIDE / columns - (0.75 if words else 0.5)


def _letters(ax: Axes, events: list[tuple[str, float, str]]) -> None:
    """Write the letters of the events above a panel of final width, moved apart, each with a line to its day."""
    first, last = ax.get_xlim()
    points = 72 * ax.get_position().width * style.WIDE
    days_per_point = (last - first) / points
    longest = max(len(letter) for letter, _, _ in events)
    apart = min(LETTER * (1 + longest) / 2, points / len(events))
    places = moved_apart([day for _, day, _ in events], apart * days_per_point)
    for (letter, day, _), place in zip(events, places, strict=True):
        ax.annotate(
            letter, (day, 1.0), ((place - day) / days_per_point, 8), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="bottom", size=style.SMALL, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "linewidth": 0.6, "color": style.GREY, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def moved_apart(places: list[float], apart: float) -> list[float]:
    """Return ascending places moved as little as needed so that neighbours stand at least so far apart.

    Places that crowd share one block, centred on their mean.

    Examples
    --------
    >>> moved_apart([0.0, 1.0, 9.0], 2.0)
    [-0.5, 1.5, 9.0]
    """
    blocks: list[list[float]] = []
    for place in places:
        blocks.append([place])
        while len(blocks) > 1 and _first(blocks[-1], apart) - _last(blocks[-2], apart) < apart:
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    return [_first(block, apart) + k * apart for block in blocks for k in range(len(block))]


def _first(block: list[float], apart: float) -> float:
    return sum(block) / len(block) - apart * (len(block) - 1) / 2


def _last(block: list[float], apart: float) -> float:
    return sum(block) / len(block) + apart * (len(block) - 1) / 2


def _key(record: Record, span: Span) -> list[Artist]:
    handles: list[Artist] = []
    for k, seat in enumerate(record.seats):
        colour, marker, line = style.SIDES[k % len(style.SIDES)]
        handles.append(
            Line2D([], [], color=colour, marker=marker, linestyle=line, markersize=3.5, linewidth=0.9,
                   markerfacecolor="white" if k % 2 else colour, label=style.offers_of(record, seat))
        )  # fmt: skip
    if record.agreement:
        handles.append(Line2D([], [], label=f"deal, {style.when(record, short=True)}", **DEAL))
    for column, flat, situation, look in SITUATIONS:
        stepped = any(steps_of(record, issue, situation) for _, issue in record.issues.iterrows())
        name = situation if stepped else flat
        if stepped or (column in record.issues and record.issues[column].notna().any()):
            handles.append(Line2D([], [], label=name, **look))
    for (day, label), look in zip(_deadlines(record), DEADLINES, strict=False):
        handles.append(Line2D([], [], label=f"{label}, {span.name(day)}", **look))
    if _events(record, span):
        handles.append(Line2D([], [], label="events a, b, …", **EVENT))
    return handles
