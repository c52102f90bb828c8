"""Issue by issue: the levels that each side offered over the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from negosim.view import style
from negosim.view.days import (
    STRIP,
    Event,
    Span,
    days_of_note,
    entries_of,
    events_of,
    key_of_days,
    write_letters,
)
from negosim.view.limits import TEETH, draw_lines, key_of_lines, lines_on
from negosim.view.page import Page
from negosim.view.readings import fallen, tabled
from negosim.view.words import unit_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from negosim.sim.record import Record

COLUMNS = 3
PANEL = 1.22
"""Height of a panel with its title, in inches."""
IN_FORCE: dict[str, Any] = {"color": style.PALE, "linewidth": 2.4, "linestyle": "-"}
NO_DEAL: dict[str, Any] = {"color": style.INK, "linewidth": 0.9, "linestyle": (0, (2, 1.5))}
SITUATIONS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("status_quo", "status quo", "in force", IN_FORCE),
    ("no_deal", "no deal", "no deal", NO_DEAL),
)
"""Column of the issues and its name, rows of what was in force when, and look."""
DEAL: dict[str, Any] = {
    "marker": "*", "color": "#F0E442", "markersize": 9, "linestyle": "",
    "markeredgecolor": style.INK, "markeredgewidth": 0.6,
}  # fmt: skip
FALLEN: dict[str, Any] = {**DEAL, "color": "white", "markeredgewidth": 1.0}


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
    events = events_of(record, span)
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
    page.key(
        [*key_of_offers(record), *key_of_lines(record, list(issues["issue"])), *key_of_days(record, span, events)],
        most=4,
    )
    note = ""
    if tabled(record).duplicated(["by", "day"]).any():
        note = "Where a side made several offers on a day: the opening demand and the last offer of the day. "
    page.note(
        f"{note}Offers are chosen for what they are worth, so packages of nearly the same worth may differ in their "
        "issues from round to round."
    )
    if key_of_lines(record, list(issues["issue"])):
        page.note(TEETH)
    if events:
        page.entries(entries_of(events, span))
    figure = page.finish(PANEL * rows + (STRIP if events else 0) + 0.35)
    for ax in panels[0, : len(issues)] if events else ():
        write_letters(ax, events)
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


def path_of(own: pd.DataFrame) -> pd.DataFrame:
    """Return a side's first offer and the last one of every day."""
    kept: pd.DataFrame = own[(own.index == own.index.min()) | ~own.duplicated("day", keep="last")]
    return kept


def _panel(ax: Axes, record: Record, issue: pd.Series[Any], span: Span, events: list[Event], *, top: bool) -> None:
    draw_issue(ax, record, issue, span, events)
    if not _is_word(issue["lowest"]):
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


def draw_issue(ax: Axes, record: Record, issue: pd.Series[Any], span: Span, events: list[Event]) -> None:
    """Draw one issue over the calendar: what held, what no deal meant, lines at home, offers, and the deal."""
    style.tidy(ax)
    words = levels_of(record, issue)

    def place(level: Any) -> Any:
        if pd.isna(level):
            return None
        if words is None:
            return float(level)
        return float(words.index(level)) if level in words else None

    days_of_note(ax, record, events)
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
    own = tabled(record)
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
    for day, package, look in _signed(record):
        level = place(package.get(issue["issue"]))
        if level is not None:
            ax.plot(day, level, zorder=5, clip_on=False, **look)
    span.mark(ax)
    draw_lines(ax, record, issue["issue"])
    held += [level for _, _, level in lines_on(record, issue["issue"])]
    low, high = (0.0, len(words) - 1.0) if words else (float(issue["lowest"]), float(issue["highest"]))
    low, high = min([low, *held]), max([high, *held])
    room = 0.08 * (high - low) or 1.0
    ax.set_ylim(low - room, high + room)
    if words:
        ax.yaxis.set_major_locator(FixedLocator(range(len(words))))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: style.fold(words[round(v)], 14)))
    else:
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=list(style.STEPS)))


def _signed(record: Record) -> list[tuple[float, dict[str, Any], dict[str, Any]]]:
    """Return day, levels and look of the package that was signed, if one was."""
    if record.agreement:
        return [(float(record.outcome["day"]), record.outcome.get("package") or {}, DEAL)]
    voted_down = fallen(record)
    return [] if voted_down is None else [(float(voted_down["day"]), voted_down, FALLEN)]


def key_of_offers(record: Record) -> list[Line2D]:
    """Return the key of the offers, the deal, what held and what no deal meant."""
    handles = []
    for k, seat in enumerate(record.seats):
        colour, marker, line = style.SIDES[k % len(style.SIDES)]
        handles.append(
            Line2D([], [], color=colour, marker=marker, linestyle=line, markersize=3.5, linewidth=0.9,
                   markerfacecolor="white" if k % 2 else colour, label=style.offers_of(record, seat))
        )  # fmt: skip
    for _, _, look in _signed(record):
        what = "deal" if record.agreement else "signed, voted down"
        handles.append(Line2D([], [], label=f"{what}, {style.when(record, short=True)}", **look))
    for column, flat, situation, look in SITUATIONS:
        stepped = any(steps_of(record, issue, situation) for _, issue in record.issues.iterrows())
        name = situation if stepped else flat
        if stepped or (column in record.issues and record.issues[column].notna().any()):
            handles.append(Line2D([], [], label=name, **look))
    return handles
