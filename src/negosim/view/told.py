"""What ``negosim run`` prints: the story, the package, who gains and who pays, and how far theory is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from negosim.view.readings import (
    fallen,
    gains_on_frontier,
    group_labels,
    party_labels,
    rows_of,
    signed_package,
)
from negosim.view.story import TACTICS, headline, story
from negosim.view.tables import table
from negosim.view.words import amount, signed, unit_words

if TYPE_CHECKING:
    from negosim.sim.record import Record


def one(record: Record) -> Iterator[Any]:
    """Yield everything about one run."""
    yield from _head(record)
    brackets = "In brackets: what the package on the table gains each seat over no deal, in its own money"
    yield (
        f"{brackets}; where a vote is needed, what all expect, and the chance to pass."
        if _votes(record)
        else f"{brackets}."
    )
    yield ""
    for heading, lines in story(record):
        yield heading
        for line in lines:
            yield f"  {line}"
        yield ""
    yield headline(record)
    yield ""
    yield from package(record)
    yield from gains(record)
    yield from reasons(record)
    yield from at_home(record)
    yield from accounts(record)
    yield from farms(record)
    yield from theory(record)


def _votes(record: Record) -> bool:
    return "chance" in record.offers and bool((record.offers["chance"] < 1).any())


def _head(record: Record) -> Iterator[str]:
    o = record.outcome
    yield f"{o['title']}{' (invented)' if o['invented'] else ''}, seed {o['seed']}"
    if o["question"]:
        yield o["question"]
    if o["applied"]:
        yield f"With {', '.join(o['applied'])}."
    labels = party_labels(record)
    for seat, drawn in o["drawn"].items():
        how = TACTICS.get(drawn["tactic"], f"plays {drawn['tactic']}")
        if drawn["tactic"] == "scripted":
            yield f"{labels[seat]}: {how}."
            continue
        given = ", ".join(f"{k.replace('_', ' ')} {v:.3g}" for k, v in drawn["tactic_parameters"].items())
        yield (
            f"{labels[seat]}: {how} ({drawn['tactic'].replace('_', ' ')}{f', {given}' if given else ''}); holds on to "
            f"{100 * drawn['floor_share']:.0f} percent of the gain it thinks attainable{_hurry(drawn)}."
        )
    yield ""


def _hurry(drawn: dict[str, Any]) -> str:
    hurry = drawn.get("hurry") or 0.0
    return f", less as its hurry grows (to {100 * hurry:.0f} percent by the end)" if hurry > 0 else ""


def package(record: Record) -> Iterator[Any]:
    """Yield the package beside status quo, no deal and the Nash point."""
    nash = record.packages[record.packages["package"] == "Nash"]
    columns = ("status quo", "no deal", _signed(record), "Nash")
    shown = table("Package", "issue", "unit", *columns, right=columns)
    signed_levels = signed_package(record)
    for row in rows_of(record.issues):
        best = None if nash.empty else nash[row["issue"]].iloc[0]
        levels = (row["status_quo"], row["no_deal"], signed_levels.get(row["issue"]), best)
        shown.add_row(row["label"], unit_words(row["unit"]), *(amount(level) for level in levels))
    yield shown
    yield "Nash at the weights of this run; private weights are drawn anew for every seed."
    yield ""


def _signed(record: Record) -> str:
    """Return the head of the column with the package that was signed."""
    return "deal" if fallen(record) is None else "signed"


def gains(record: Record) -> Iterator[Any]:
    """Yield every party's flow and its gain over no deal."""
    numbers = ("status quo", "no deal", "deal", "gain", "no deal, %", "deal, %")
    shown = table("Who gains, who pays (gain: over no deal)", "party", "unit", *numbers, "percent of", right=numbers)
    for row in rows_of(record.gains):
        shown.add_row(
            row["label"],
            unit_words(row["unit"]),
            *(amount(row[k]) for k in ("status_quo", "no_deal", "deal")),
            signed(row["gain"]),
            _percent(row["no_deal_percent_of_size"]),
            _percent(row["deal_percent_of_size"]),
            _text(row["size_label"]),
        )
    yield shown
    yield ""


def at_home(record: Record) -> Iterator[Any]:
    """Yield how much every group pressed its government, and what it got."""
    rows = _groups(record)
    if not rows:
        return
    numbers = ("mean pressure", "highest", "reversals", "lines granted")
    shown = table("At home (pressure: 0 quiet, 1 lobbying, 2 mobilised)", "group", "government", *numbers, "promised",
                  right=numbers)  # fmt: skip
    for row in rows:
        promised = f"{row['money']}{row['what']}" if row["money"] else "–"
        shown.add_row(row["label"], row["government"], amount(row["mean"], 2), amount(row["highest"], 2),
                      str(row["reversals"]), str(row["granted"]), promised)  # fmt: skip
    yield shown
    yield "Reversals: how often members turned round again once their level had first fallen; promised: payments at home."
    yield ""


def _groups(record: Record) -> list[dict[str, Any]]:
    """Return one row a group that presses: its pressure, the times a line was granted, and what it was promised."""
    labels, parties = group_labels(record), party_labels(record)
    granted = record.home[record.home["action"] == "commitment"].groupby("group")["round"].nunique()
    pressed, paid = record.outcome.get("pressure") or {}, record.outcome.get("payments") or {}
    rows = []
    for row in rows_of(record.groups):
        group = row["group"]
        if group not in pressed:
            continue
        sum_paid = paid.get(group, 0.0)
        unit = unit_words(row["payment_unit"]) if isinstance(row["payment_unit"], str) else ""
        what = f" ({row['payment']})" if isinstance(row["payment"], str) and row["payment"] else ""
        rows.append(
            {
                "group": group,
                "label": labels[group],
                "government": parties.get(row["government"], row["government"]),
                **pressed[group],
                "granted": int(granted.get(group, 0)),
                "money": f"{amount(sum_paid)} {unit}".rstrip() if sum_paid else "",
                "what": what,
            }
        )
    return rows


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _percent(value: Any) -> str:
    return "" if value is None or math.isnan(value) else amount(value)


def reasons(record: Record) -> Iterator[Any]:
    """Yield, for every party at the table, the terms of its flow that the deal changes, the largest first."""
    if not record.agreement or "no_deal" not in record.terms:
        return
    seated = set(record.gains["party"][record.gains["role"] == "seat"])
    shown = table("Why (terms that the deal changes)", "party", "term", "unit", "no deal", "deal", "difference",
                  right=("no deal", "deal", "difference"))  # fmt: skip
    rows = [row for row in rows_of(record.terms) if row["party"] in seated and row["no_deal"] is not None]
    for row in rows:
        row["difference"] = row["deal"] - row["no_deal"]
    rows = [row for row in rows if abs(row["difference"]) > 1e-9]
    if not rows:
        return
    order = list(record.gains["party"])
    for row in sorted(rows, key=lambda row: (order.index(row["party"]), -abs(row["difference"]))):
        shown.add_row(row["label"], row["term"].replace("_", " "), unit_words(row["unit"]),
                      amount(row["no_deal"]), amount(row["deal"]), signed(row["difference"]))  # fmt: skip
    yield shown
    yield ""


def accounts(record: Record) -> Iterator[Any]:
    """Yield the reported accounts."""
    if record.accounts.empty:
        return
    columns = ("status quo", "no deal", "deal")
    shown = table("Accounts", "account", "unit", *columns, right=columns)
    for row in rows_of(record.accounts):
        shown.add_row(
            row["label"],
            unit_words(row["unit"]),
            *(amount(row[k]) for k in ("status_quo", "no_deal", "deal")),
        )
    yield shown
    yield ""


def farms(record: Record) -> Iterator[Any]:
    """Yield the price that farms get in each situation, and how many give up for it."""
    if record.farm_exits.empty:
        return
    shown = table("Farms", "farms", "situation", "price", "unit", "give up, percent", "households",
                  right=("price", "give up, percent", "households"))  # fmt: skip
    for row in rows_of(record.farm_exits):
        situation = str(row["situation"]).replace("_", " ")
        shown.add_row(row["label"], situation, amount(row["price"]), unit_words(row["unit"]),
                      amount(100.0 * row["exit_share"]), amount(row["exits"]))  # fmt: skip
    yield shown
    yield "Full opening is the lowest price that any package leads to; give up: costs between the price and today's."
    yield ""


def theory(record: Record) -> Iterator[str]:
    """Yield how the deal compares with the efficient packages."""
    found = record.outcome["theory"]
    if not record.agreement:
        existed = "There were packages" if _zone(record) else "There was no package"
        yield f"{existed} at least as good as no deal for every seat and better for one."
        return
    labels = party_labels(record)
    shares = ", ".join(
        f"{labels[seat]} {'–' if share is None else f'{100 * share:.0f}'}"
        for seat, share in found["share_of_attainable_gain"].items()
    )
    yield f"Percent of the gain each seat could have had at most: {shares}."
    yield f"Gain lost against the efficient packages: {100 * found['gain_lost']:.1f} percent of the attainable gain."
    if found["distance_to_nash"] is not None:
        yield (
            f"Distance to the Nash point {found['distance_to_nash']:.2f}, to the Kalai–Smorodinsky point "
            f"{found['distance_to_kalai_smorodinsky']:.2f} (every axis runs from no deal 0 to the best attainable 1)."
        )


def _zone(record: Record) -> bool:
    gains = gains_on_frontier(record)
    return bool(((gains >= 0).all(axis=1) & (gains > 0).any(axis=1)).any())


def two(first: Record, second: Record, name: str, other: str) -> Iterator[Any]:
    """Yield two runs side by side."""
    yield from _head(first)
    yield f"{name}: {headline(first)}"
    yield f"{other}: {headline(second)}"
    yield ""
    columns = (f"{name}: {_signed(first)}", f"{other}: {_signed(second)}")
    deals = table("Package", "issue", "unit", "status quo", *columns, right=("status quo", *columns))
    left, right = signed_package(first), signed_package(second)
    for row in rows_of(first.issues):
        levels = (row["status_quo"], left.get(row["issue"]), right.get(row["issue"]))
        deals.add_row(row["label"], unit_words(row["unit"]), *(amount(level) for level in levels))
    yield deals
    yield ""
    columns = (f"{name}: gain", f"{other}: gain")
    who = table("Gain over no deal", "party", "unit", *columns, right=columns)
    beside = second.gains.set_index("party")["gain"]
    for row in rows_of(first.gains):
        who.add_row(row["label"], unit_words(row["unit"]), signed(row["gain"]), signed(beside.get(row["party"])))
    for row in rows_of(second.gains):
        if row["party"] not in set(first.gains["party"]):
            who.add_row(row["label"], unit_words(row["unit"]), "–", signed(row["gain"]))
    yield who
    yield ""
    yield from _homes(first, second, name, other)
    columns = (f"{name}: deal", f"{other}: deal")
    sums = table("Accounts", "account", "unit", "status quo", *columns, right=("status quo", *columns))
    accounts_right: Any = second.accounts.set_index("account")["deal"] if not second.accounts.empty else {}
    for row in rows_of(first.accounts):
        ending = [row["deal"], accounts_right.get(row["account"])]
        sums.add_row(row["label"], unit_words(row["unit"]), amount(row["status_quo"]), *(amount(v) for v in ending))
    yield sums
    yield ""
    for label, record in ((name, first), (other, second)):
        for line in theory(record):
            yield f"{label}: {line}"


def _homes(first: Record, second: Record, name: str, other: str) -> Iterator[Any]:
    """Yield the pressure of groups in two runs side by side."""
    sides = [{row["group"]: row for row in _groups(record)} for record in (first, second)]
    if not any(sides):
        return
    pressures = tuple(f"{run}: pressure" for run in (name, other))
    shown = table("At home (mean pressure: 0 quiet, 1 lobbying, 2 mobilised)", "group", *pressures,
                  *(f"{run}: got" for run in (name, other)), right=pressures)  # fmt: skip
    for group in dict.fromkeys([*sides[0], *sides[1]]):
        found = [side.get(group) for side in sides]
        label = next(row["label"] for row in found if row)
        shown.add_row(label, *("–" if row is None else amount(row["mean"], 2) for row in found), *map(_got, found))
    yield shown
    yield ""


def _got(row: dict[str, Any] | None) -> str:
    """Return the lines and the money that a group got."""
    if row is None:
        return "–"
    lines = f"{row['granted']} line{'s' if row['granted'] > 1 else ''}" if row["granted"] else ""
    return ", ".join(part for part in (lines, row["money"]) if part) or "–"
