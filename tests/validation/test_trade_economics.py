"""Published results, and the figures the shipped numbers were calibrated to.

Each class names where its targets were published, the tolerance and the reason for it. Targets marked
*regression* were worked out once, independently, from the same formulas and inputs: they guard against change
and show nothing about the world.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from negosim.core.incidence import cost_distribution, cost_quantiles, median_cost
from negosim.core.markets import competing_import, own_elasticity, tariff
from negosim.core.promises import linear
from negosim.core.quota import rate_quota

YEN_PER_USD = 145.0


class TestOptimalTariff:
    """The optimal rate is the inverse of the foreign supply elasticity.

    Textbook theory: Krugman, Obstfeld and Melitz, International Economics, the chapter on the instruments of
    trade policy. Tolerance: one step of the grid of rates, 0.0005.
    """

    @pytest.mark.parametrize(("supply", "optimum"), [(2.0, 0.5), (4.0, 0.25), (6.67, 0.15)])
    @pytest.mark.parametrize("demand", [0.3, 1.0, 2.8])
    def test_the_importer_gains_most_at_one_over_the_supply_elasticity(
        self, supply: float, optimum: float, demand: float
    ) -> None:
        rates = np.arange(0.0, 1.0, 0.0005)
        market = tariff(rates, base_value=100, base_tariff=0.0, demand_elasticity=demand, supply_elasticity=supply)
        welfare = market["buyer_surplus_change"] + market["revenue_change"]
        assert rates[np.argmax(welfare)] == pytest.approx(optimum, abs=0.0005)

    def test_a_small_country_gains_from_no_tariff(self) -> None:
        market = tariff(
            np.linspace(0, 1, 101),
            base_value=100,
            base_tariff=0.0,
            demand_elasticity=1.5,
            supply_elasticity=math.inf,
        )
        assert np.argmax(market["buyer_surplus_change"] + market["revenue_change"]) == 0


class TestSteelTariffs:
    """USITC, Economic Impact of Section 232 and 301 Tariffs, inv. 332-591 (March 2023), steel: 25 % duty.

    Published: imports -24 %, home price +2.4 %, home output +1.9 %. The demand elasticity 1.23 is ln 0.76 /
    -ln 1.25, so this tests the limit of a given world price, not the number. Tolerance 0.05 points: 1.23
    has three digits.
    """

    def test_imports_fall_by_24_percent(self) -> None:
        steel = tariff(0.25, base_value=1, base_tariff=0, demand_elasticity=1.23, supply_elasticity=math.inf)
        assert steel["volume_change"] == pytest.approx(-0.240, abs=5e-4)
        assert steel["value_change"] == pytest.approx(-0.240, abs=5e-4)
        assert steel["buyer_price_change"] == pytest.approx(0.25)

    def test_home_producers_move_along_their_supply(self) -> None:
        # Ratio of the two published home figures, 1.9 / 2.4 = 0.79, must come back whatever the demand side.
        home = competing_import(
            0.25,
            base_tariff=0.0,
            home_output=100,
            base_imports=30,
            import_share=0.23,
            substitution_elasticity=2.95,
            demand_elasticity=0.5,
            supply_elasticity=0.79,
        )
        ratio = math.log1p(float(home["output_change"])) / math.log1p(float(home["output_price_change"]))
        assert ratio == pytest.approx(0.79)


class TestCarExportsIn2025:
    """Cars from Japan to the United States, 2025 against 2024; duty 2.5 -> 27.5 % from 3 April 2025.

    Published (Japanese customs, as reported by the press): May value -24.7 %, volume -3.9 %; June value
    -26.7 %; April-September value -22.7 %, volume -2.4 %. Yen per dollar relative to the year before:
    monthly averages of the Federal Reserve (release G.5). Tolerances are those within which the model was
    accepted, 1.5 points for May and 2 for the rest. The elasticities 0.8 and 0.2 were chosen with the May
    and the half-year rows in sight; of the rows below only June and August are out of sample, and August is
    a known miss by ten points.
    """

    @staticmethod
    def cars(demand: float = 0.8, supply: float = 0.2) -> dict[str, Any]:
        return tariff(0.275, base_value=100, base_tariff=0.025, demand_elasticity=demand, supply_elasticity=supply)

    @pytest.mark.parametrize(
        ("yen_per_usd_factor", "model", "actual", "tolerance"),
        [
            (0.9295, -24.6, -24.7, 1.5),  # May
            (0.9153, -25.8, -26.7, 2.0),  # June
            (0.9581, -22.3, -22.7, 2.0),  # April to September
        ],
    )
    def test_value_in_yen(self, yen_per_usd_factor: float, model: float, actual: float, tolerance: float) -> None:
        change = 100 * (float(self.cars()["value"]) / 100 * yen_per_usd_factor - 1)
        assert change == pytest.approx(model, abs=0.05)
        assert change == pytest.approx(actual, abs=tolerance)

    def test_volume(self) -> None:
        change = 100 * float(self.cars()["volume_change"])
        assert change == pytest.approx(-3.4, abs=0.05)
        assert change == pytest.approx(-3.9, abs=1.0)  # May
        assert change == pytest.approx(-2.4, abs=2.0)  # April to September

    def test_exporters_absorb_four_fifths_and_buyers_pay_the_rest(self) -> None:
        assert self.cars()["exporter_price_change"] == pytest.approx(-0.160, abs=5e-4)
        assert self.cars()["buyer_price_change"] == pytest.approx(0.045, abs=5e-4)

    def test_the_fit_to_may_alone_carries_to_june_and_the_half_year(self) -> None:
        cars = self.cars(0.8378, 0.2329)
        assert 100 * float(cars["volume_change"]) == pytest.approx(-3.9, abs=0.05)
        for factor, actual, tolerance in [(0.9295, -24.7, 0.05), (0.9153, -26.7, 2), (0.9581, -22.7, 2)]:
            assert 100 * (float(cars["value"]) / 100 * factor - 1) == pytest.approx(actual, abs=tolerance)

    def test_august_is_missed(self) -> None:
        change = 100 * (float(self.cars()["value"]) / 100 * 1.0083 - 1)
        assert change == pytest.approx(-18.2, abs=0.05)  # published: -28.4


SECTORS = ("cars", "parts", "other", "metals")
BASE_BN_YEN = {"cars": 6028.0, "parts": 1235.0, "other": 0.85 * 13709.0, "metals": 328.0}
BASE_RATE = {"cars": 0.025, "parts": 0.025, "other": 0.021, "metals": 0.0}
MEDIUM_RUN = {"cars": (2.8, 2.0), "parts": (2.8, 4.0), "other": (2.5, 10.0), "metals": (1.23, 4.0)}
SHORT_RUN = {"cars": (0.8, 0.2), "parts": (0.8, 0.2), "other": (1.2, 4.0), "metals": (1.23, 4.0)}
# additional or whole rates on cars and parts, other goods (the ordinary 2.1 % comes on top), metals
CASES = {
    "status quo": (0.275, 0.10, 0.5),
    "no deal 24": (0.275, 0.24, 0.5),
    "no deal 25": (0.275, 0.25, 0.5),
    "deal": (0.15, 0.129, 0.5),  # 15 % with the ordinary duty inside
}


def partner_exports(run: dict[str, tuple[float, float]], case: str) -> dict[str, dict[str, Any]]:
    cars, other, metals = CASES[case]
    rates = {"cars": cars, "parts": cars, "other": other, "metals": metals}
    return {
        sector: tariff(
            rates[sector],
            base_value=BASE_BN_YEN[sector],
            base_tariff=BASE_RATE[sector],
            ordinary_tariff=0.021 if sector == "other" else 0.0,
            demand_elasticity=run[sector][0],
            supply_elasticity=run[sector][1],
        )
        for sector in SECTORS
    }


class TestFourSectorsOfExports:
    """Exporters' surplus, bn yen a year (regression); its ratio between deal and no deal (published).

    Base values: Japan's exports to the United States in 2024. Tolerance: the printed digit, 0.05.
    """

    @pytest.mark.parametrize(
        ("run", "case", "losses", "total"),
        [
            (MEDIUM_RUN, "status quo", (-637.9, -89.4, -196.8, -24.9), -949.0),
            (MEDIUM_RUN, "no deal 24", (-637.9, -89.4, -393.6, -24.9), -1145.8),
            (MEDIUM_RUN, "no deal 25", (-637.9, -89.4, -405.0, -24.9), -1157.2),
            (MEDIUM_RUN, "deal", (-366.5, -52.1, -244.0, -24.9), -687.4),
            (SHORT_RUN, "status quo", (-949.6, -194.5, -238.2, -24.9), -1407.2),
            (SHORT_RUN, "no deal 24", (-949.6, -194.5, -503.9, -24.9), -1672.8),
            (SHORT_RUN, "no deal 25", (-949.6, -194.5, -520.4, -24.9), -1689.4),
            (SHORT_RUN, "deal", (-525.4, -107.6, -299.0, -24.9), -956.8),
        ],
    )
    def test_surplus_by_sector(
        self, run: dict[str, tuple[float, float]], case: str, losses: tuple[float, ...], total: float
    ) -> None:
        market = partner_exports(run, case)
        found = [float(market[sector]["exporter_surplus_change"]) for sector in SECTORS]
        assert found == pytest.approx(losses, abs=0.0501)
        assert sum(found) == pytest.approx(total, abs=0.0501)

    @pytest.mark.parametrize(
        ("case", "medium", "short"),
        [
            ("status quo", 36.4, 50.0),
            ("no deal 24", 21.5, 40.8),
            ("no deal 25", 20.6, 40.2),
            ("deal", 39.8, 52.1),
        ],
    )
    def test_the_deficit_left_in_bn_dollars(self, case: str, medium: float, short: float) -> None:
        # From the 68.5 of the US Census for 2024 (published); the rest is a regression, to the printed digit.
        for run, left in ((MEDIUM_RUN, medium), (SHORT_RUN, short)):
            change = sum(float(each["value_change"]) for each in partner_exports(run, case).values())
            assert 68.5 + change / YEN_PER_USD == pytest.approx(left, abs=0.0501)

    @pytest.mark.parametrize(
        ("case", "revenue", "buyers"),
        [
            ("status quo", 15.0, -11.1),
            ("no deal 24", 20.2, -17.5),
            ("no deal 25", 20.5, -17.9),
            ("deal", 13.1, -10.5),
        ],
    )
    def test_the_importers_revenue_and_buyers_in_bn_dollars(self, case: str, revenue: float, buyers: float) -> None:
        market = partner_exports(MEDIUM_RUN, case).values()
        assert sum(float(each["revenue_change"]) for each in market) / YEN_PER_USD == pytest.approx(revenue, abs=0.0501)
        assert sum(float(each["buyer_surplus_change"]) for each in market) / YEN_PER_USD == pytest.approx(
            buyers, abs=0.0501
        )

    @pytest.mark.parametrize(("run", "ratio"), [(MEDIUM_RUN, 0.594), (SHORT_RUN, 0.566)])
    def test_the_deal_spares_about_four_tenths_of_the_loss(
        self, run: dict[str, tuple[float, float]], ratio: float
    ) -> None:
        # Published loss of Japanese GDP, deal over no deal: Nomura Research Institute 0.55 / 0.85 = 0.65,
        # Daiwa 1.1 / 1.3 = 0.85. Band 0.5-0.9, because output is not producer surplus; the model lies at
        # its low end.
        deal, none = (
            sum(float(each["exporter_surplus_change"]) for each in partner_exports(run, case).values())
            for case in ("deal", "no deal 25")
        )
        assert deal / none == pytest.approx(ratio, abs=5e-4)
        assert 0.5 < deal / none < 0.9


class TestSmallExportsOfAnAlly:
    """United Kingdom to the United States, 2024: GBP 9.0 bn of cars, 0.37 of metals; regression."""

    @pytest.mark.parametrize(
        ("base", "base_rate", "rate", "elasticities", "loss"),
        [
            (9.0, 0.025, 0.275, (2.8, 2.0), -0.95),
            (9.0, 0.025, 0.10, (2.8, 2.0), -0.35),
            (0.37, 0.0, 0.25, (1.23, 4.0), -0.017),
            (0.37, 0.0, 0.50, (1.23, 4.0), -0.028),
            (42.5, 0.021, 0.121, (2.5, 10.0), -0.72),
        ],
    )
    def test_exporter_surplus(
        self, base: float, base_rate: float, rate: float, elasticities: tuple[float, float], loss: float
    ) -> None:
        market = tariff(
            rate,
            base_value=base,
            base_tariff=base_rate,
            demand_elasticity=elasticities[0],
            supply_elasticity=elasticities[1],
        )
        digit = 0.005 if abs(loss) > 0.1 else 0.0005
        assert market["exporter_surplus_change"] == pytest.approx(loss, abs=digit)


RICE = {
    "base_duty": 341.0,
    "world_price": 150.0,
    "home_premium": 1.34,
    "milling_yield": 0.9,
    "home_output": 6800.0,
    "home_demand": 6740.0,
    "market_quota": 100.0,
    "demand_elasticity": 0.2,
    "supply_elasticity": 0.25,
    "partner_share": 0.78,
    "partner_capacity": 500.0,
}


class TestRiceQuota:
    """Rice in Japan: duty of 341 yen/kg above the minimum access; regression to the printed digit.

    Prices in yen/kg, money in bn yen, the partner's exports in bn dollars.
    """

    @pytest.mark.parametrize("closed_price", [283.0, 400.0])
    def test_a_duty_down_to_the_water_line_changes_nothing(self, closed_price: float) -> None:
        idle = [341, 300, 250, 200, 150] if closed_price == 400.0 else [341, 300, 250, 200, 150, 100]
        market = rate_quota(np.array(idle, dtype=float), closed_price=closed_price, **RICE)
        for name in ("farm_income_change", "buyer_surplus_change", "duty_revenue", "partner_exports"):
            assert np.all(market[name] == 0.0)
        # Water starts at 149 yen/kg when the closed price is 400, at 61 when it is 283.
        line = float(market["idle_duty"][0])
        assert 341 - line == pytest.approx(149 if closed_price == 400.0 else 61, abs=0.5)

    @pytest.mark.parametrize(
        ("closed_price", "duty", "price", "farms", "buyers", "revenue", "exports"),
        [
            (400.0, 100.0, 335, -390, 401, 53, 0.43),
            (400.0, 50.0, 268, -775, 827, 60, 0.52),
            (400.0, 0.0, 201, -1142, 1267, 0, 0.52),
            (283.0, 50.0, 268, -91, 91, 8, 0.13),
            (283.0, 0.0, 201, -484, 512, 0, 0.52),
        ],
    )
    def test_below_it_farms_pay(
        self,
        closed_price: float,
        duty: float,
        price: float,
        farms: float,
        buyers: float,
        revenue: float,
        exports: float,
    ) -> None:
        market = rate_quota(duty, closed_price=closed_price, **RICE)
        assert market["consumer_price"] == pytest.approx(price, abs=0.5)
        assert market["farm_income_change"] == pytest.approx(farms, abs=0.5)
        assert market["buyer_surplus_change"] == pytest.approx(buyers, abs=0.5)
        assert market["duty_revenue"] == pytest.approx(revenue, abs=0.5)
        assert market["partner_exports"] / YEN_PER_USD == pytest.approx(exports, abs=0.005)

    def test_the_surge_of_private_imports_in_2025_is_missed(self) -> None:
        # Published: private imports of 85 t a month in 2024 and 26,397 t in July 2025, when the home price
        # had about doubled (512 yen/kg milled in May). The home premium that the exit of farms implies puts
        # the ceiling at 658, so the model imports nothing; it would from a premium of 1.04 down. A known
        # miss.
        dear = rate_quota(341.0, closed_price=512.0, **RICE)
        assert dear["over_quota_imports"] == 0.0
        for premium, imports in ((1.05, False), (1.04, True)):
            paying = rate_quota(341.0, closed_price=512.0, **{**RICE, "home_premium": premium})
            assert bool(paying["over_quota_imports"] > 0.0) is imports


FARMS = {"base_price": 255.0, "base_exit_share": 0.048, "cost_spread": 0.3}


class TestRiceFarms:
    """Exit of rice farms: 4.8 % a year at 255 yen/kg (2020 Census of Agriculture: -21.9 % in five years).

    Published: about 30 % under full opening, an estimate attributed to the farm co-operatives. The price
    under full opening was solved from it, so the 30 % is calibrated; tolerance 1.4 points, three standard
    deviations of 10,000 draws. The schedule in between is a regression to the printed digit.
    """

    def test_the_census_rate_is_the_yearly_rate_of_its_five_years(self) -> None:
        yearly = 1 - (1 - 0.219) ** (1 / 5)
        assert yearly == pytest.approx(0.048, abs=5e-4)

    def test_the_schedule_of_exit(self) -> None:
        prices = np.array([255.0, 240.0, 230.0, 220.0, 205.0, 190.0, 181.0])
        farms = cost_distribution(prices, 255.0, **FARMS, households=1.0)
        assert (100 * farms["uncovered_share"]).tolist() == pytest.approx(
            [4.8, 7.2, 9.3, 12.1, 17.4, 24.7, 30.1], abs=0.0501
        )

    def test_full_opening_drives_out_three_in_ten(self) -> None:
        opened = rate_quota(0.0, closed_price=283.0, **RICE)["farm_price"]
        share = cost_distribution(opened, 255.0, **FARMS, households=1.0)["uncovered_share"]
        assert share == pytest.approx(0.301, abs=0.001)
        assert share == pytest.approx(0.30, abs=0.014)
        assert np.mean(cost_quantiles(10_000, **FARMS) > float(opened)) == pytest.approx(0.30, abs=0.014)

    def test_the_opened_price_does_not_depend_on_the_price_before(self) -> None:
        calm, dear = (rate_quota(0.0, closed_price=price, **RICE) for price in (283.0, 400.0))
        assert calm["farm_price"] == dear["farm_price"]
        assert dear["farm_income_change"] < calm["farm_income_change"]

    @pytest.mark.parametrize(("spread", "exits"), [(0.28, 33), (0.35, 25), (0.40, 21)])
    def test_another_spread_gives_another_exit(self, spread: float, exits: float) -> None:
        farms = cost_distribution(181.1, 255.0, **{**FARMS, "cost_spread": spread}, households=1.0)
        assert 100 * float(farms["uncovered_share"]) == pytest.approx(exits, abs=0.5)

    def test_the_median_cost_is_155_yen(self) -> None:
        assert median_cost(**FARMS) == pytest.approx(155, abs=0.5)


BEEF = {
    "base_tariff": 0.216,
    "home_output": 800.0,
    "base_imports": 450.0,
    "import_share": 0.6,
    "substitution_elasticity": 3.85,
    "demand_elasticity": 0.8,
}


class TestBeef:
    """Beef in Japan when the duty of 21.6 % goes.

    Published: the industry may shrink by 20 %, an estimate of the farm side; the supply elasticity 4.35 was
    solved from it (calibrated; tolerance 0.05 points, the printed digit). Money is a regression.

    Imports answer the fall of the home price as well as that of their own, and the duty is summed along their
    curve. The plainer reckoning moves imports by their own elasticity alone, as if the home price stood still,
    and takes a straight line for the curve; buyers and treasury then gain 59.4 and 85.9 instead of 53.4 and
    77.3. That is too much: the same home price falls by 5 and 8 % for producers, and keeps buyers at home.
    """

    @pytest.mark.parametrize(
        ("supply", "output", "producers", "others", "plainer"),
        [(4.35, -20.0, -35.9, 53.4, 59.4), (1.5, -12.2, -62.3, 77.3, 85.9)],
    )
    def test_full_opening(self, supply: float, output: float, producers: float, others: float, plainer: float) -> None:
        market = competing_import(0.0, supply_elasticity=supply, **BEEF)
        assert 100 * float(market["output_change"]) == pytest.approx(output, abs=0.05)
        assert market["producer_surplus_change"] == pytest.approx(producers, abs=0.05)
        assert market["buyer_and_treasury_change"] == pytest.approx(others, abs=0.05)
        own_price_alone = 450 * (1.216**2.02 - 1)
        assert -market["producer_surplus_change"] + 0.216 / 2 * own_price_alone == pytest.approx(plainer, abs=0.05)

    @pytest.mark.parametrize("supply", [4.35, 1.5])
    def test_the_gain_is_the_duty_summed_over_the_added_imports(self, supply: float) -> None:
        # Along the way -H dp - M dt for buyers, H dp for producers, M dt + t dM for the treasury: t dM in all.
        rates = np.linspace(0.216, 0.0, 2001)
        market = competing_import(rates, supply_elasticity=supply, **BEEF)
        imports = 450 + market["import_change"]
        area = float(np.sum((rates[1:] + rates[:-1]) / 2 * np.diff(imports)))
        found = float(market["buyer_and_treasury_change"][-1] + market["producer_surplus_change"][-1])
        assert found == pytest.approx(area, rel=1e-5)

    @pytest.mark.parametrize(("import_share", "supply"), [(0.5, 6.9), (0.6, 4.35), (0.65, 3.8)])
    def test_the_solved_elasticity_depends_on_the_import_share(self, import_share: float, supply: float) -> None:
        market = competing_import(0.0, supply_elasticity=supply, **{**BEEF, "import_share": import_share})
        assert market["output_change"] == pytest.approx(-0.20, abs=0.001)

    def test_it_overstates_the_governments_figure_for_2019(self) -> None:
        # 38.5 -> 9 %: about -24 % here; the government published -5 to -10 % of value. A known conflict.
        market = competing_import(0.09, supply_elasticity=4.35, **{**BEEF, "base_tariff": 0.385})
        assert market["output_change"] == pytest.approx(-0.24, abs=0.005)

    def test_import_elasticities(self) -> None:
        assert own_elasticity(3.85, 0.8, 0.6) == pytest.approx(2.02, abs=0.005)  # of all imports together
        assert own_elasticity(3.85, 0.8, 0.25) == pytest.approx(3.09, abs=0.005)  # of one origin alone


class TestCarDemand:
    def test_elasticity_from_the_share_of_spending(self) -> None:
        # 39.9 of 214 bn dollars of imported cars in 2024, substitution 2.8, total demand 0.8 (assumed): 2.43.
        assert own_elasticity(2.8, 0.8, 39.9 / 214) == pytest.approx(2.43, abs=0.005)

    def test_a_cut_that_is_nearly_free_already(self) -> None:
        # Pork: a tenth of a billion when the duty is gone, in proportion to its cut.
        assert linear(0.108, full=0.1, at_zero=0.216, at_full=0.0)["value"] == pytest.approx(0.05)
