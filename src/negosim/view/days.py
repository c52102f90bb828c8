"""The calendar as an axis: days and dates, deadlines, and the letters of events above a plot."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from negosim.view import style
from negosim.view.words import date_of, short_date

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from negosim.sim.record import Record

STRIP = 0.25
"""Height of the letters of events above a plot, in inches."""
LETTER = 9.5
"""Least distance between the letters of events, in points; one letter more adds half of it."""
EVENT: dict[str, Any] = {"color": "#cfcfcf", "linewidth": 0.6}
DEADLINES: tuple[dict[str, Any], ...] = (
    {"color": style.INK, "linewidth": 1.1, "linestyle": "-"},
    {"color": style.INK, "linewidth": 1.1, "linestyle": (0, (6, 2))},
)

Event = tuple[str, float, str]
"""Letter, day and label."""


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


def events_of(record: Record, span: Span) -> list[Event]:
    """Return letter, day and label of the events within the talks, in their order."""
    calendar = record.calendar
    low, high = span.limits
    rows = calendar[calendar["kind"].isin(["event", "letter"]) & calendar["day"].between(low, high)]
    letters = [chr(ord("a") + k) if k < 26 else f"a{chr(ord('a') + k - 26)}" for k in range(len(rows))]
    days = rows["day"].astype(float)
    return list(zip(letters, days, rows["label"].astype(str), strict=True))


def days_of_note(ax: Axes, record: Record, events: list[Event]) -> None:
    """Draw a thin line for every event and a strong one for every deadline."""
    for _, day, _ in events:
        ax.axvline(day, zorder=0, **EVENT)
    for (day, _), look in zip(_deadlines(record), DEADLINES, strict=False):
        ax.axvline(day, zorder=1, **look)


def key_of_days(record: Record, span: Span, events: list[Event]) -> list[Artist]:
    """Return the key of those lines."""
    handles: list[Artist] = [
        Line2D([], [], label=f"{label}, {span.name(day)}", **look)
        for (day, label), look in zip(_deadlines(record), DEADLINES, strict=False)
    ]
    if events:
        handles.append(Line2D([], [], label="events a, b, …", **EVENT))
    return handles


def entries_of(events: list[Event], span: Span) -> list[tuple[str, str]]:
    """Return what the letters of events mean."""
    return [(f"{letter}  {span.name(day)}", label) for letter, day, label in events]


def _deadlines(record: Record) -> list[tuple[float, str]]:
    rows = record.calendar[record.calendar["kind"] == "deadline"]
    return list(zip(rows["day"].astype(float), rows["label"].astype(str), strict=True))


def write_letters(ax: Axes, events: list[Event]) -> None:
    """Write the letters of the events above a plot of final width, moved apart, each with a line to its day."""
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
