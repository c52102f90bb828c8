"""The figures' words, numbers and geometry, on tables made by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from negosim.errors import NegosimError
from negosim.sim.record import NEEDED, Record
from negosim.view import plots, style
from negosim.view.beside import nested
from negosim.view.dance import gains_of_offers, marks_of, seats_shown
from negosim.view.days import moved_apart
from negosim.view.farms import has_farms_or_firms, prices, unchanged
from negosim.view.paths import levels_of, path_of
from negosim.view.words import long_date, short_date, signed, unit_words


def record(*, agreement: bool = True, **tables: pd.DataFrame) -> Record:
    """Return a small record without dates: two seats, one issue in numbers and one in words."""
    offers = pd.DataFrame(
        {
            "round": [1, 1, 2, 2, 3],
            "date": None,
            "day": [0.0, 0.0, 1.0, 1.0, 2.0],
            "phase": 1,
            "exchange": [1, 2, 3, 4, 5],
            "by": ["ann", "bob", "ann", "bob", "ann"],
            "action": ["offer", "offer", "offer", "offer", "accept" if agreement else "offer"],
            "toll": [10.0, 0.0, 8.0, 4.0, 4.0],
            "place": ["sea", "hill", "sea", "river", "river"],
            "flow_ann": [9.0, -6.0, 6.0, 3.0, 3.0],
            "flow_bob": [-40.0, 90.0, 30.0, 50.0, 50.0],
        }
    )
    packages = pd.DataFrame(
        {
            "package": ["status quo", "no deal", "Nash", *(["deal"] if agreement else [])],
            "gain_ann": [0.5, 0.0, 3.5, *([2.0] if agreement else [])],
            "gain_bob": [5.0, 0.0, 35.0, *([40.0] if agreement else [])],
        }
    )
    gains = pd.DataFrame(
        {
            "party": ["ann", "bob"],
            "label": ["Ann's town", "Bob's town"],
            "role": "seat",
            "country": ["A", "B"],
            "unit": ["mn_dal_per_year", "mn_yen_per_year"],
            "status_quo": [1.5, 15.0],
            "no_deal": [1.0, 10.0],
            "deal": [3.0, 50.0] if agreement else [None, None],
            "gain": [2.0, 40.0] if agreement else [0.0, 0.0],
            "size": None,
            "size_label": "",
            "no_deal_percent_of_size": None,
            "deal_percent_of_size": None,
        }
    )
    issues = pd.DataFrame(
        {
            "issue": ["toll", "place"],
            "label": ["Toll at the bridge", "Where the market is held"],
            "unit": ["percent", "none"],
            "lowest": [0.0, "hill"],
            "highest": [10.0, "sea"],
            "levels": [6, 3],
            "conceding": "bob",
            "status_quo": [6.0, "sea"],
            "no_deal": [8.0, "sea"],
            "deal": [4.0, "river"] if agreement else [None, None],
        }
    )
    calendar = pd.DataFrame(
        {"date": None, "day": [0.0, 1.0, 2.0, 2.0], "kind": ["round"] * 3 + ["deadline"], "label": "deadline"}
    )
    farm_exits = pd.DataFrame(columns=["market", "label", "unit", "situation", "price", "uncovered_share"])
    outcome = {
        "title": "Two towns",
        "invented": True,
        "applied": ["by_hand"],
        "seed": 4,
        "seats": ["ann", "bob"],
        "ending": "deal" if agreement else "no_deal",
        "agreement": agreement,
        "date": None,
        "day": 2.0,
        "round": 3,
        "package": {"toll": 4.0, "place": "river"} if agreement else None,
        "theory": {"share_of_attainable_gain": {"ann": 0.4, "bob": 0.7}} if agreement else {},
    }
    made = {
        "offers": offers,
        "parties": pd.DataFrame(),
        "packages": packages,
        "frontier": pd.DataFrame({"gain_ann": [1.0, 3.5, 6.0], "gain_bob": [60.0, 35.0, 3.0]}),
        "gains": gains,
        "accounts": pd.DataFrame(),
        "issues": issues,
        "calendar": calendar,
        "farm_costs": pd.DataFrame(columns=["market", "label", "unit", "share", "cost", "households"]),
        "farm_exits": farm_exits,
        "terms": pd.DataFrame(),
        "in_force": pd.DataFrame(columns=["what", "date", "day"]),
        **{name: pd.DataFrame(columns=NEEDED[name]) for name in ("home", "pressure", "lines", "groups")},
    }
    return Record(outcome, **{**made, **tables})


def written(figure) -> str:
    """Return the words of head and foot."""
    return " ".join(text.get_text() for text in figure.texts)


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("bn_usd_per_year", "bn USD a year"),
        ("bn_yen_per_year", "bn yen a year"),
        ("mn_dal_per_year", "mn DAL a year"),
        ("bn_usd", "bn USD"),
        ("kt_per_year", "kt a year"),
        ("mt_per_year", "Mt a year"),
        ("yen_per_kg", "yen per kg"),
        ("usd_per_tonne", "USD per tonne"),
        ("percent", "percent"),
        ("thousand_units", "thousand units"),
        ("index", "index"),
        ("none", ""),
        ("", ""),
    ],
)
def test_units_become_words(unit: str, words: str) -> None:
    assert unit_words(unit) == words


def test_dates_and_numbers_are_written_for_readers() -> None:
    assert short_date(dt.date(2025, 7, 9)) == "9 Jul"
    assert signed(-3145.2, 0) == "\N{MINUS SIGN}3,145"
    assert signed(0.04, 2) == "+0.04"
    assert signed(0.0, 2) == "0"
    assert signed(float("nan"), 1) == "–"
    assert signed(1234.5) == "+1,234"
    assert style.with_unit("gain over no deal", "bn_usd_per_year", 18).splitlines()[-1].count("(") == 1


def test_months_are_named_the_same_whatever_the_system_speaks() -> None:
    class Foreign(dt.date):
        def __format__(self, _: str) -> str:
            return "juillet"

        strftime = __format__

    assert long_date(Foreign(2025, 7, 9)) == "9 July 2025"
    assert [long_date(f"2025-{m:02d}-01").split()[1] for m in (1, 5, 12)] == ["January", "May", "December"]
    assert long_date(None) == long_date(float("nan")) == ""


def test_a_wrapped_text_keeps_all_words_within_the_width() -> None:
    text = "court rules against the emergency tariffs and the talks go on"
    with style.look():
        lines = style.wrapped(text, 1.2)
        font = style.FontProperties(family="DejaVu Sans", size=style.SMALL)
        assert all(style.text_width(line, font) <= 1.2 for line in lines)
    assert " ".join(lines) == text
    assert len(lines) > 2


def test_places_that_crowd_are_moved_apart_and_the_others_stay() -> None:
    places = moved_apart([0.0, 40.0, 41.0, 42.0, 90.0], 6.0)
    assert places[0] == 0.0
    assert places[-1] == 90.0
    assert np.diff(places).min() >= 6.0
    assert np.mean(places[1:4]) == pytest.approx(41.0)


def test_the_dance_counts_every_gain_against_no_deal_at_the_end() -> None:
    gains = gains_of_offers(record())
    assert gains["ann"].tolist() == [[8.0, -50.0], [5.0, 20.0]]
    assert gains["bob"].tolist() == [[-7.0, 80.0], [2.0, 40.0]]


def test_a_path_keeps_the_opening_demand_and_the_last_offer_of_a_day() -> None:
    own = pd.DataFrame({"day": [0.0, 0.0, 0.0, 7.0, 7.0], "toll": [1, 2, 3, 4, 5]})
    assert path_of(own)["toll"].tolist() == [1, 3, 5]


def test_words_stand_in_their_order_and_numbers_are_no_words() -> None:
    r = record()
    toll, place = (r.issues.iloc[k] for k in range(2))
    assert levels_of(r, toll) is None
    assert levels_of(r, pd.Series({"issue": "toll", "lowest": "0.0", "highest": "10.0"})) is None
    assert levels_of(r, place) == ["hill", "river", "sea"]
    assert levels_of(r, pd.concat([place, pd.Series({"words": "sea | hill | river"})])) == ["sea", "hill", "river"]


def test_situations_of_one_price_share_a_line() -> None:
    exits = pd.DataFrame(
        {"situation": ["status_quo", "no_deal", "deal", "full_opening"], "price": [360.0, 360.0, 300.0, 180.9]}
    )
    assert [name for name, _ in prices(exits)] == ["status quo and no deal", "deal", "full opening"]


def test_titles_say_what_happened_and_that_it_is_invented() -> None:
    deal, none = (plots.dance(record(agreement=a)) for a in (True, False))
    for figure, happened in ((deal, "Deal in round 3"), (none, "No deal after round 3")):
        words = " ".join(text.get_text() for text in figure.texts)
        assert happened in words
        assert "invented" in words
        assert "by_hand" in words
        assert "seed 4" in words


def test_the_dance_leaves_opening_demands_off_and_shows_the_rest() -> None:
    ax = plots.dance(record()).axes[0]
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert right < 8.0
    assert high < 80.0
    for x, y in ([5.0, 20.0], [2.0, 40.0], [0.0, 0.0], [0.5, 5.0], [3.5, 35.0]):
        assert left < x < right
        assert low < y < high
    assert "mn DAL a year" in ax.get_xlabel().replace("\N{NO-BREAK SPACE}", " ")
    assert "mn yen a year" in ax.get_ylabel().replace("\N{NO-BREAK SPACE}", " ")


def test_bars_are_gains_over_no_deal_and_money_units_do_not_share_an_axis() -> None:
    figure = plots.who_gains(record())
    assert [[round(bar.get_width(), 6) for bar in ax.patches] for ax in figure.axes] == [[2.0], [40.0]]
    assert ["DAL" in ax.get_xlabel() for ax in figure.axes] == [True, False]


def test_without_a_deal_every_last_package_is_held_against_no_deal() -> None:
    parties = pd.DataFrame(
        {
            "round": [2, 2, 3, 3],
            "party": ["ann", "bob"] * 2,
            "gain_from_ann": [7.0, 8.0, 3.0, -20.0],
            "gain_from_bob": [9.0, 9.0, -1.0, 60.0],
        }
    )
    figure = plots.who_gains(record(agreement=False, parties=parties))
    markers = [[line for line in ax.lines if line.get_marker() in ("D", "o", "s")] for ax in figure.axes]
    assert [[(m.get_marker(), *m.get_xdata()) for m in ax] for ax in markers] == [
        [("D", 0.5), ("o", 3.0), ("s", -1.0)],
        [("D", 5.0), ("o", -20.0), ("s", 60.0)],
    ]
    sizes = [m.get_markersize() for m in markers[0]]
    assert sizes == sorted(set(sizes), reverse=True), "markers at one place must show around each other"
    assert not any(ax.patches for ax in figure.axes)
    assert "last packages on the table" in written(figure)


def test_without_deal_and_offers_the_status_quo_is_held_against_no_deal() -> None:
    figure = plots.who_gains(record(agreement=False))
    assert [[line.get_xdata().tolist() for line in ax.lines[:1]] for ax in figure.axes] == [[[0.5]], [[5.0]]]
    assert figure.axes[0].get_xlabel().startswith("status quo minus no deal")


def test_the_note_says_whose_amounts_are_aims_and_whose_are_income() -> None:
    assert "without a size (Ann's town, Bob's town): money equivalent of their weighted aims." in written(
        plots.who_gains(record())
    )
    mixed = record()
    mixed.gains["size"] = [None, 7.0]
    assert "(Ann's town): money equivalent of their weighted aims; others: income." in written(plots.who_gains(mixed))


def steps_drawn(ax) -> list[tuple[list[float], list[float]]]:
    """Return days and levels of every step line."""
    return [
        (list(line.get_xdata()), list(line.get_ydata())) for line in ax.lines if line.get_drawstyle() == "steps-post"
    ]


def test_what_was_in_force_and_what_no_deal_meant_are_drawn_as_steps() -> None:
    in_force = pd.DataFrame(
        {
            "what": ["in force", "in force", "no deal", "no deal"],
            "date": None,
            "day": [0.0, 1.0, 0.0, 1.5],
            "toll": [2.0, 6.0, 7.0, 12.0],
            "place": ["sea", "hill", "sea", "sea"],
        }
    )
    figure = plots.issue_paths(record(in_force=in_force))
    toll, place = figure.axes
    assert steps_drawn(toll) == [([0.0, 1.0, 2.0], [2.0, 6.0, 6.0]), ([0.0, 1.5, 2.0], [7.0, 12.0, 12.0])]
    assert steps_drawn(place)[0][1] == [2.0, 0.0, 0.0]
    assert toll.get_ylim()[1] > 12
    named = {text.get_text() for text in figure.legends[0].get_texts()}
    assert {"in force", "no deal"} <= named
    assert "status quo" not in named


def test_without_that_table_status_quo_and_no_deal_stay_flat() -> None:
    figure = plots.issue_paths(record())
    assert steps_drawn(figure.axes[0]) == []
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "None"]
    flat = [set(line.get_ydata()) for line in lines if list(line.get_xdata()) == [0, 1]]
    assert flat == [{6.0}, {8.0}]
    assert {"status quo", "no deal"} <= {text.get_text() for text in figure.legends[0].get_texts()}
    assert "worth" in written(figure)


def test_packages_that_are_the_same_share_one_entry_and_those_nearby_stand_around_each_other() -> None:
    same = record()
    twin = same.packages[same.packages["package"] == "Nash"].assign(package="Kalai–Smorodinsky")
    same = record(packages=pd.concat([same.packages, twin], ignore_index=True))
    assert [mark.name for mark in marks_of(same)] == ["no deal", "status quo", "Nash = Kalai–Smorodinsky", "deal"]
    twin[["gain_ann", "gain_bob"]] = [2.0, 40.0]
    agreed = record(packages=pd.concat([record().packages, twin], ignore_index=True))
    assert [mark.name for mark in marks_of(agreed)][-1] == "deal = Kalai–Smorodinsky"

    twin[["gain_ann", "gain_bob"]] = [3.52, 35.0]
    near = plots.dance(record(packages=pd.concat([record().packages, twin], ignore_index=True)))
    marks = {line.get_marker(): line for line in near.axes[0].lines}
    assert marks["p"].get_markersize() > marks["h"].get_markersize() + 3
    assert marks["p"].get_zorder() < marks["h"].get_zorder()
    assert marks["p"].get_markerfacecolor() == "white"
    assert "larger marker" in written(near)
    assert "larger marker" not in written(plots.dance(record()))


def test_nothing_hides_an_offer() -> None:
    ax = plots.dance(record()).axes[0]
    offers = min(collection.get_zorder() for collection in ax.collections if len(collection.get_offsets()) > 1)
    assert max(line.get_zorder() for line in ax.lines if line.get_marker() in "PXhp*") < offers


def test_a_third_marker_stands_around_the_second() -> None:
    here, there = np.array([[0.0, 0.0]]), np.array([[90.0, 0.0]])
    small, middle, alone, large = nested([here, here + 2, there, here], [7.0, 7.0, 7.0, 7.0])
    assert small < middle < large
    assert alone == small


def test_seats_that_only_the_openings_concern_have_no_plane() -> None:
    offers = record().offers.assign(flow_cat=[-70.0, 0.0, 0.0, 0.0, 0.0])
    cat = record().gains.iloc[[1]].assign(party="cat", label="Cat's town", status_quo=0.0, no_deal=0.0, deal=0.0)
    three = record(
        offers=offers,
        packages=record().packages.assign(gain_cat=0.0),
        frontier=record().frontier.assign(gain_cat=0.0),
        gains=pd.concat([record().gains, cat], ignore_index=True),
    )
    three.outcome["seats"] = ["ann", "bob", "cat"]
    assert seats_shown(three, gains_of_offers(three)) == [0, 1]
    figure = plots.dance(three)
    assert len(figure.axes) == 1
    assert "Not drawn: Cat's town" in written(figure)
    offers.loc[3, "flow_cat"] = 4.0
    assert len(plots.dance(three).axes) == 3


def test_an_opening_at_the_edge_is_drawn_whole() -> None:
    offers = record().offers.assign(flow_ann=[7.05, -6.0, 6.0, 3.0, 3.0])
    ax = plots.dance(record(offers=offers)).axes[0]
    low, high = ax.get_xlim()
    assert 6.05 + 0.05 * (high - low) < high


def test_prices_that_only_full_opening_changes_are_called_unchanged() -> None:
    exits = pd.DataFrame(
        {"situation": ["status_quo", "no_deal", "deal", "full_opening"], "price": [9.0, 9.0, 9.0, 4.0]}
    )
    assert unchanged(exits)
    exits.loc[2, "price"] = 8.0
    assert not unchanged(exits)


def test_parties_without_gain_or_loss_have_no_panel() -> None:
    sized = record()
    sized.gains["size"] = [10.0, 20.0]
    sized.gains["size_label"] = ["turnover", "profit"]
    sized.gains["no_deal_percent_of_size"] = [0.0, 0.0]
    sized.gains["deal_percent_of_size"] = [0.0, 0.0]
    assert not has_farms_or_firms(sized)
    sized.gains["deal_percent_of_size"] = [0.0, 5.0]
    figure = plots.farms_and_firms(sized)
    assert len(figure.axes) == 1
    assert figure.axes[0].get_title(loc="left") == "against profit"
    assert "neither gain nor loss under no deal or the deal: Ann's town" in written(figure)


def test_figures_without_data_are_refused_or_left_out(tmp_path) -> None:
    bare = record(agreement=False)
    bare.issues["status_quo"] = None
    with pytest.raises(NegosimError, match="nothing to hold"):
        plots.who_gains(bare)
    with pytest.raises(NegosimError, match="nothing to draw"):
        plots.farms_and_firms(bare)
    names = {path.stem for path in plots.save_figures(bare, tmp_path)}
    assert names == {"negotiation_dance", "issue_paths"}


def test_a_folder_that_cannot_be_written_is_an_error_in_words(tmp_path) -> None:
    (tmp_path / "figures").write_text("a file", encoding="utf-8")
    with pytest.raises(NegosimError, match="cannot be written"):
        plots.save_figures(record(), tmp_path)


def test_the_users_own_settings_do_not_reach_the_figures() -> None:
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 30, "axes.labelsize": 30, "axes.spines.top": True}):
        ax = plots.dance(record()).axes[0]
        assert mpl.rcParams["font.size"] == 30
    assert ax.xaxis.label.get_size() == style.SMALL
    assert not ax.spines["top"].get_visible()
