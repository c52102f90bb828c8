"""The figure of the home table, lines on the paths of issues, and votes in the dance, on talks made by hand."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from negosim.errors import NegosimError
from negosim.view import plots, style
from negosim.view.home import LEVEL, bands_of, home_table, issues_pressed
from negosim.view.limits import draw_lines


@pytest.fixture(scope="module")
def drawn(talks) -> Figure:
    """Return the home table of the talks as they are."""
    return home_table(talks())


def lines_at(ax, level: float) -> list:
    """Return the lines of a plot that lie flat at a level."""
    return [line for line in ax.lines if len(line.get_ydata()) == 2 and set(line.get_ydata()) == {level}]


def markers(ax, marker: str) -> list:
    """Return what is drawn with a marker."""
    return [line for line in ax.lines if line.get_marker() == marker]


def test_every_group_and_stakeholder_has_a_row_with_its_government(talks) -> None:
    bands = bands_of(talks())
    assert [band.label for band in bands] == ["the trades\n→ the North", "Millers", "Bakers", "Herders"]
    assert [band.top + band.height for band in bands[:-1]] == pytest.approx([band.top for band in bands[1:]])


def test_a_stakeholder_that_is_its_own_group_is_named_once(talks) -> None:
    made = talks()
    alone = made.pressure[made.pressure["party"] == "miller"]
    groups = made.groups.assign(label="Millers")
    labels = [band.label for band in bands_of(talks(pressure=alone, groups=groups))]
    assert labels == ["Millers\n→ the North", "", "Bakers", "Herders"]


def test_stances_hold_until_the_next_round(drawn: Figure) -> None:
    strips = drawn.axes[0]
    blue = [c for c in strips.collections if to_hex(c.get_facecolor()[0]) == style.BLUE.lower()]
    boxes = [path.get_extents() for c in blue for path in c.get_paths()]
    millers = [box for box in boxes if box.width > 0]
    assert [(box.x0, box.x1 > 28) for box in millers] == [(14.0, True)]


def test_threat_is_shaded_and_levels_rise(drawn: Figure) -> None:
    strips = drawn.axes[0]
    levels = [
        line for line in strips.lines if line.get_linewidth() == LEVEL["linewidth"] and len(line.get_xdata()) == 4
    ]
    millers, bakers = levels
    assert list(millers.get_xdata())[:3] == [0.0, 14.0, 28.0]
    first, second, third, _ = millers.get_ydata()
    assert first > second > third, "the axis runs downwards"
    assert bakers.get_ydata()[0] == bakers.get_ydata()[1] > bakers.get_ydata()[2]
    shades = [c.get_facecolor() for c in strips.collections if len(c.get_paths()) == 3]
    assert [[1 - face[1] for face in cells] for cells in shades] == [
        pytest.approx([0.0, 0.4 * (1 - 0x79 / 255), 0.9 * (1 - 0x79 / 255)]),
        pytest.approx([(1 - 0x79 / 255) * t for t in (0.1, 0.2, 0.5)]),
    ]


def test_answers_that_are_not_accepted_are_hollow(drawn: Figure) -> None:
    strips = drawn.axes[0]
    (granted,), (paid,) = markers(strips, "D"), markers(strips, "o")
    assert (granted.get_xdata(), paid.get_xdata()) == ([14.0], [28.0])
    assert to_rgba(granted.get_markerfacecolor()) == to_rgba(style.GREEN)
    assert to_rgba(paid.get_markerfacecolor()) == to_rgba("white")
    forced, lapsed = markers(strips, "s")
    assert [to_hex(line.get_markerfacecolor()) for line in (forced, lapsed)] == [style.INK, "#ffffff"]
    assert [line.get_xdata() for line in markers(strips, ">")] == [[14.0], [28.0]]


def test_demands_stand_at_their_limit_in_the_colour_of_who_is_pressed(drawn: Figure) -> None:
    _, toll, herd = drawn.axes
    (least,), (most,) = markers(toll, "^"), markers(herd, "v")
    assert (least.get_xdata(), least.get_ydata()) == ([14.0], [4.0])
    assert (most.get_xdata(), most.get_ydata()) == ([28.0], [20.0])
    assert {to_hex(line.get_color()) for line in (least, most)} == {style.BLUE.lower()}


def test_panels_are_what_was_demanded_else_what_has_lines_else_what_moved(talks) -> None:
    def shown(**tables: pd.DataFrame) -> list[str]:
        return [str(issue["issue"]) for issue in issues_pressed(talks(**tables))]

    made = talks()
    quiet = made.home.iloc[:0]
    assert shown(home=made.home[made.home["round"] == 2]) == ["toll"]
    assert shown(home=quiet, lines=made.lines[made.lines["issue"] == "herd"]) == ["herd"]
    still = made.offers.assign(herd=50.0)
    assert shown(home=quiet, lines=made.lines.iloc[:0], offers=still) == ["toll"]


def test_lines_stand_between_their_days_and_red_ones_are_solid(talks) -> None:
    figure = plots.issue_paths(talks())
    toll, herd = figure.axes
    most, least = lines_at(toll, 8.0), lines_at(toll, 4.0)
    assert {tuple(line.get_xdata()) for line in (*least, *(m for m in most if list(m.get_xdata()) != [0, 1]))} == {
        (14.0, 28.0)
    }
    public = lines_at(herd, 60.0)
    assert {tuple(line.get_xdata()) for line in public} == {(0.0, 28.0)}, "it still stood when the talks ended"
    assert {line.get_color() for line in public} == {style.VERMILLION}
    strokes = [next(m for m in marks if m.get_linewidth() == 1.5).get_linestyle() for marks in (least, public)]
    assert strokes == ["-", "--"]
    key = {text.get_text() for text in figure.legends[0].get_texts()}
    assert {"red line of the North", "public line of the South"} <= key


@pytest.mark.parametrize(("side", "below"), [("at_least", True), ("at_most", False)])
def test_teeth_point_to_what_a_line_rules_out(talks, side: str, below: bool) -> None:
    made = talks()
    record = talks(lines=made.lines.iloc[[1]].assign(side=side, level=5.0))
    figure = Figure(figsize=(2, 2), dpi=100)
    canvas = FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set(xlim=(10, 32), ylim=(0, 10))
    draw_lines(ax, record, "toll")
    canvas.draw()
    dark = (np.asarray(canvas.buffer_rgba())[:, :, 0] < 128).sum(axis=1)
    above_ink, below_ink = dark[:96].sum(), dark[104:].sum()
    assert (below_ink > 20, above_ink > 20) == (below, not below)


def test_without_pressure_there_is_no_figure(talks) -> None:
    made = talks()
    none = talks(pressure=made.pressure.iloc[:0], home=made.home.iloc[:0], groups=made.groups.iloc[:0])
    assert not plots.NEEDS["home_table"](none)
    with pytest.raises(NegosimError, match="nothing to draw"):
        home_table(none)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_tables_give_the_same_bytes(talks, drawn: Figure, kind: str) -> None:
    files = [io.BytesIO(), io.BytesIO()]
    for figure, file in zip((drawn, home_table(talks())), files, strict=True):
        with style.look():
            figure.savefig(file, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    assert files[0].getvalue() == files[1].getvalue()


def test_nothing_in_the_home_table_covers_anything_else(drawn: Figure) -> None:
    with style.look():
        drawn.draw_without_rendering()
    written = [*drawn.texts, *(t for legend in drawn.legends for t in legend.get_texts())]
    for ax in drawn.axes:
        low, high = sorted(ax.get_ylim())
        ticks = [tick.label1 for tick in ax.yaxis.get_major_ticks() if low <= tick.get_loc() <= high]
        written += [ax.yaxis.label, *ticks, *ax.texts]
    boxes = [(t.get_text(), Text.get_window_extent(t)) for t in written if t.get_text().strip()]
    assert len(boxes) > 25
    covered = [(a, b) for (a, x), (b, y) in itertools.combinations(boxes, 2) if x.padded(-0.5).overlaps(y.padded(-0.5))]
    assert covered == []
    assert drawn.get_size_inches()[0] <= style.WIDE


def chances(*values: float) -> pd.DataFrame:
    """Return the frontier of the talks with these chances to pass."""
    return pd.DataFrame(
        {"gain_north": [1.0, 2.0, 4.0, 6.0, 7.0], "gain_south": [50.0, 40.0, 28.0, 12.0, 4.0], "chance": values}
    )


def picture(figure: Figure) -> bytes:
    """Return the pixels of a figure."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return bytes(canvas.buffer_rgba())


def test_without_a_vote_the_dance_is_as_if_there_were_no_chances(talks) -> None:
    sure = chances(1, 1, 1, 1, 1)
    assert picture(plots.dance(talks(frontier=sure))) == picture(
        plots.dance(talks(frontier=sure.drop(columns="chance")))
    )


def test_the_zone_is_what_needs_no_vote_or_passes_more_often_than_not(talks) -> None:
    def zone(frontier: pd.DataFrame) -> tuple[float, float]:
        ax = plots.dance(talks(frontier=frontier)).axes[0]
        (shaded,) = [c for c in ax.collections if to_hex(c.get_facecolor()[0]) == style.MIST]
        box = shaded.get_paths()[0].get_extents()
        return box.x1, box.y1

    assert zone(chances(1, 1, 1, 1, 1)) == (7.0, 50.0)
    assert zone(chances(0.4, 1, 0.5, 1, 0.3)) == (6.0, 40.0)
    figure = plots.dance(talks(frontier=chances(0.4, 1, 0.5, 1, 0.3)))
    (voted,) = [line for line in figure.axes[0].lines if line.get_marker() == "o" and len(line.get_xdata()) == 3]
    assert list(voted.get_xdata()) == [1.0, 4.0, 7.0]
    assert voted.get_markerfacecolor() == "white"
    assert {"efficient, by vote", "ratifiable zone"} <= {text.get_text() for text in figure.legends[0].get_texts()}


def test_a_line_does_not_join_what_lies_on_both_sides_of_a_vote(talks) -> None:
    ax = plots.dance(talks(frontier=chances(1, 1, 0.4, 1, 1))).axes[0]
    (stairs,) = [line for line in ax.lines if line.get_color() == style.INK and len(line.get_xdata()) == 9]
    drawn = stairs.get_xydata()
    joined = [(a[0], b[0]) for a, b in itertools.pairwise(drawn) if np.isfinite([*a, *b]).all() and a[0] != b[0]]
    assert joined == [(1.0, 2.0), (6.0, 7.0)]


def test_the_dance_says_when_politics_moved_the_frontier(talks) -> None:
    made = talks()
    calm = made.pressure.assign(level=0)
    for tables, said in (({}, True), ({"pressure": calm, "lines": made.lines.iloc[:1]}, False)):
        words = " ".join(text.get_text() for text in plots.dance(talks(**tables)).texts)
        assert ("at their worth when made" in words) == said


def test_a_deal_that_was_voted_down_has_a_mark_of_its_own(talks) -> None:
    made = talks()
    fell = talks(
        {"ending": "rejected", "agreement": False, "package": None, "date": "2031-03-29"},
        packages=made.packages.iloc[:3],
    )
    for figure in (plots.dance(fell), plots.issue_paths(fell), home_table(fell)):
        assert "Signed on 29 March 2031, voted down" in " ".join(text.get_text() for text in figure.texts)
    (star,) = markers(plots.dance(fell).axes[0], "*")
    assert (star.get_xdata(), star.get_ydata()) == (pytest.approx([3.0]), pytest.approx([30.0]))
    (hollow,) = markers(plots.issue_paths(fell).axes[0], "*")
    assert (hollow.get_xdata(), hollow.get_ydata()) == ([28.0], [4.0])
    assert hollow.get_color() == star.get_markerfacecolor() == "white"
