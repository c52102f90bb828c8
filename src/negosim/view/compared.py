"""What ``negosim compare`` prints: a table of overrides, as text, as a page, or as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import negosim
from negosim.view.tables import table
from negosim.view.words import amount, date_of, short_date, unit_words

if TYPE_CHECKING:
    from negosim.core.intervals import Share
    from negosim.sim.compare import Comparison, Row

WIDTH = 28
"""Of the column with the questions, on a terminal."""
HEADS = (
    "override, and what it asks", "deal by\nfirst\ndeadline\n%", "deal\nin all\n%", "less\nbase\npoints",
    "re-\njected\n%",
)  # fmt: skip


def compared(comparison: Comparison) -> Iterator[Any]:
    """Yield the table and how to read it."""
    settings = ", ".join(f"{key}={value}" for key, value in comparison.settings.items())
    yield f"{comparison.title}: seeds 0 to {comparison.seeds - 1}{f', with {settings}' if settings else ''}"
    yield ""
    heads = _heads(comparison)
    shown = table("", *heads, right=tuple(heads[1:6]))
    shown.title = None
    shown.columns[0].min_width = WIDTH
    for cells in _cells(comparison):
        name, asks = cells[0]
        shown.add_row(f"{name}\n{asks}" if asks else name, *("\n".join(lines) for lines in cells[1:]))
        shown.add_row()
    yield shown
    yield ""
    yield from notes(comparison)
    for row in comparison.rows:
        for seed, why in list(row.failed.items())[:3]:
            yield f"FAILED: {row.name}, seed {seed}: {why}"
        if len(row.failed) > 3:
            yield f"FAILED: {row.name}, {len(row.failed) - 3} more seeds"


def notes(comparison: Comparison) -> Iterator[str]:
    """Yield how to read the table."""
    yield (
        "In brackets: intervals of 95 percent, Wilson's for a share, Newcombe's for the difference of paired shares. Run s of "
        "every row uses the same random numbers, so a difference to the base is due to the override. Rejected: signed, and "
        "then lost at home."
    )
    unit = unit_words(comparison.issue_unit)
    issue = f"“{comparison.issue_label}”{f', {unit}' if unit else ''}"
    yield (
        f"Of the deals in force: the median {'date' if _dated(comparison) else 'round'}; the mean level of {issue}, and in "
        "brackets its tenth and ninetieth percentile (of words, the most frequent one and its share); what each seat got, on "
        "average, of the gain over no deal that it could have had at most."
    )


def _heads(comparison: Comparison) -> list[str]:
    return [*HEADS, f"median\n{'date' if _dated(comparison) else 'round'}", "mean\nlevel", "share of gain\n%"]


def _dated(comparison: Comparison) -> bool:
    return any(run.date for row in comparison.rows for run in row.ended)


def _cells(comparison: Comparison) -> Iterator[list[list[str]]]:
    """Yield the rows: in each cell its lines; the first cell holds the name and the question."""
    base = comparison.rows[0]
    for k, row in enumerate(comparison.rows):
        median = row.median_deal
        date = None if median is None else date_of(median.date)
        when = "–" if median is None else short_date(date) if date else str(median.round)
        seats = [
            f"{row.seats[seat]} {'–' if share is None else f'{100 * share:.0f}'.replace('-', '−')}"
            for seat, share in row.attained.items()
        ]
        yield [
            [row.name, row.asks],
            _share(row.by_first_deadline, 1),
            _share(row.deal),
            [""] if k == 0 else _share(row.difference(base), sign=True),
            _share(row.rejected, 1),
            [when],
            _level(row),
            seats if row.deals else ["–"],
        ]


def _share(share: Share | None, lines: int = 2, *, sign: bool = False) -> list[str]:
    if share is None:
        return ["–"]
    form = "+.0f" if sign else ".0f"
    numbers = [
        "0" if abs(x) < 0.005 else format(100 * x, form).replace("-", "−") for x in (share.share, share.low, share.high)
    ]
    return [numbers[0], f"({numbers[1]} to {numbers[2]})"][:lines]


def _level(row: Row) -> list[str]:
    level = row.level
    if level is None:
        return ["–"]
    if "mean" not in level:
        return [str(level["most_frequent"]), f"({100 * float(level['share']):.0f} % of deals)"]
    return [amount(level["mean"]), f"({amount(level['p10'])} to {amount(level['p90'])})"]


def page(comparison: Comparison, command: str) -> str:
    """Return the table as a page in Markdown, with the command that makes it."""
    heads = _heads(comparison)
    lines = [
        f"# What each override changes: {comparison.title}",
        "",
        f"Made by negosim {negosim.__version__} with {comparison.seeds:,} seeds for each row:",
        "",
        f"    {command}",
        "",
        f"| {' | '.join(heads)} |".replace("re-\n", "re")
        .replace("\n%", ", %")
        .replace("\npoints", ", points")
        .replace("\n", " "),
        f"|---|{'---:|' * 5}---|---|",
    ]
    for cells in _cells(comparison):
        name, asks = cells[0]
        first = f"`{name}`<br>{_safe(asks)}" if asks else f"`{name}`"
        lines.append(f"| {' | '.join([first, *('<br>'.join(map(_safe, cell)) for cell in cells[1:])])} |")
    lines += ["", *(f"{note}\n" for note in notes(comparison))]
    lines += [
        "One run at a time is told by `negosim run … --with OVERRIDE`, two side by side by `--against OVERRIDE`; "
        "`negosim check` lists what an override asks."
    ]
    return "\n".join(lines) + "\n"


def _safe(text: str) -> str:
    return text.replace("|", "\\|")


def comparison_data(comparison: Comparison) -> Mapping[str, Any]:
    """Return everything in the table, ready for JSON."""
    base = comparison.rows[0]
    return {
        "scenario": comparison.scenario,
        "settings": dict(comparison.settings),
        "seeds": comparison.seeds,
        "issue": comparison.issue,
        "rows": [_row(row, base) for row in comparison.rows],
    }


def _row(row: Row, base: Row) -> dict[str, Any]:
    def interval(share: Share | None) -> dict[str, float] | None:
        return None if share is None else asdict(share)

    median = row.median_deal
    return {
        "override": row.name,
        "asks": row.asks,
        "runs": len(row.ended),
        "failed": row.failed,
        "deal_by_first_deadline": interval(row.by_first_deadline),
        "deal": interval(row.deal),
        "deal_less_base": None if row is base else interval(row.difference(base)),
        "rejected": interval(row.rejected),
        "median_date": None if median is None else median.date,
        "median_round": None if median is None else median.round,
        "level": row.level,
        "share_of_attainable_gain": row.attained,
    }
