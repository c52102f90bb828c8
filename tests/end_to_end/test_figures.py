"""Every figure of real runs: drawn without a warning, with units, nothing over anything else, the same bytes twice."""

from __future__ import annotations

import itertools
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import negosim as ng
from negosim.sim.record import Record
from negosim.view import plots, style

RUNS = {
    "base": ("us_japan_2025", (), 7),
    "first phase": ("us_japan_2025", (), 3),
    "articles only": ("us_japan_2025", ("articles_only",), 1),
    "four seats": ("us_japan_2025", ("four_at_the_table",), 1),
    "farm revolt": ("us_japan_2025", ("farm_revolt",), 1),
    "free vote": ("us_japan_2025", ("free_vote",), 6),
    "invented": ("two_neighbours", (), 1),
    "invented, no deal": ("two_neighbours", ("hard_uplandia", "hard_coastalia"), 1),
}


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    return {name: ng.run(scenario, overrides, seed=seed) for name, (scenario, overrides, seed) in RUNS.items()}


@pytest.fixture(scope="module")
def figures(records: dict[str, Record]) -> dict[tuple[str, str], Figure]:
    return {
        (run, name): draw(record)
        for run, record in records.items()
        for name, draw in plots.FIGURES.items()
        if plots.NEEDS.get(name, lambda _: True)(record)
    }


def test_every_run_has_its_figures(figures: dict[tuple[str, str], Figure]) -> None:
    drawn = {run: {name for r, name in figures if r == run} for run in RUNS}
    for run in ("base", "first phase", "articles only", "four seats", "farm revolt", "free vote"):
        assert drawn[run] == set(plots.FIGURES)
    assert drawn["invented"] == set(plots.FIGURES) - {"farms_and_firms", "home_table"}
    assert drawn["invented, no deal"] == drawn["invented"]


def test_no_text_covers_another_or_leaves_the_page(figures: dict[tuple[str, str], Figure]) -> None:
    wrong = []
    for key, figure in figures.items():
        with style.look():
            figure.draw_without_rendering()
            # Of the words alone: the box of a note with a line to its point holds the line as well.
            boxes = [(text.get_text(), Text.get_window_extent(text)) for text in visible_texts(figure)]
            page = figure.bbox
        assert len(boxes) > 10
        for text, box in boxes:
            if box.x0 < page.x0 or box.x1 > page.x1 or box.y0 < page.y0 or box.y1 > page.y1:
                wrong.append((*key, "off the page", text))
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            if a.padded(-0.5).overlaps(b.padded(-0.5)):
                wrong.append((*key, one, other))
    assert wrong == []


def test_no_type_is_smaller_than_7_points(figures: dict[tuple[str, str], Figure]) -> None:
    for figure in figures.values():
        assert min(text.get_size() for text in visible_texts(figure)) >= 7
        assert figure.get_size_inches()[0] <= 7.2


def test_axes_name_their_unit_or_dates(figures: dict[tuple[str, str], Figure]) -> None:
    dance = figures["base", "negotiation_dance"].axes[0]
    assert "bn USD a year" in plain(dance.get_xlabel())
    assert "bn yen a year" in plain(dance.get_ylabel())
    paths = figures["base", "issue_paths"]
    assert {"percent", "kt a year", "yen per kg", "bn USD"} <= {plain(ax.get_ylabel()) for ax in paths.axes}
    dated = [ax for ax in paths.axes if ax.get_xlabel() == "2025"]
    assert dated
    assert all("1 Jul" in [t.get_text() for t in ax.get_xticklabels()] for ax in dated)
    assert {plain(ax.get_xlabel()) for ax in figures["base", "who_gains"].axes} == {
        "deal minus no deal (bn USD a year)",
        "deal minus no deal (bn yen a year)",
    }
    for ax in all_axes(figures["base", "farms_and_firms"]):
        assert "yen per kg" in ax.get_xlabel() or "percent" in ax.get_xlabel()
    rounds = {ax.get_xlabel() for ax in figures["invented", "issue_paths"].axes}
    assert rounds == {"round"}


def test_the_key_names_every_event_within_the_talks(
    records: dict[str, Record], figures: dict[tuple[str, str], Figure]
) -> None:
    calendar = records["base"].calendar
    said = " ".join(text.get_text() for text in figures["base", "issue_paths"].texts)
    for label in calendar.loc[calendar["kind"] == "event", "label"]:
        assert label in said


def test_figures_read_from_a_folder_are_the_same_bytes(records: dict[str, Record], tmp_path: Path) -> None:
    for name in ("base", "invented"):
        folder = records[name].save(tmp_path / name)
        first = plots.save_figures(Record.read(folder), tmp_path / name / "once")
        again = plots.save_figures(Record.read(folder), tmp_path / name / "twice")
        assert first
        assert [p.name for p in first] == [p.name for p in again]
        for one, other in zip(first, again, strict=True):
            assert one.read_bytes() == other.read_bytes(), one.name
            assert b"Software" not in one.read_bytes()[:400]
            assert b"<dc:date>" not in one.read_bytes()


def test_no_window_is_opened_and_settings_stay_as_they_were(records: dict[str, Record]) -> None:
    before = dict(mpl.rcParams)
    plots.who_gains(records["invented"])
    assert dict(mpl.rcParams) == before


def plain(text: str) -> str:
    """Return a label in one line with plain spaces."""
    return text.replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")


def all_axes(figure: Figure) -> list[Axes]:
    """Return the axes of a figure and of its parts."""
    return [a for a in figure.findobj(Axes) if isinstance(a, Axes)]


def visible_texts(figure: Figure) -> list[Text]:
    """Return the texts that are drawn: not those of ticks beyond the limits of their axis."""
    ticks: set[int] = set()
    shown: list[Text] = []
    for ax in all_axes(figure):
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                ticks |= {id(tick.label1), id(tick.label2)}
                drawn = tick.label1.get_visible() and low - 1e-9 <= tick.get_loc() <= high + 1e-9
                shown += [tick.label1] if drawn and ax.axison else []
    shown += [t for t in figure.findobj(Text) if isinstance(t, Text) and id(t) not in ticks and t.get_visible()]
    return [text for text in shown if text.get_text().strip()]
