"""Why a plan is so: made on request."""

from __future__ import annotations

from planner.plan.tables.column import Column, PlanTable, money, text

WHY: tuple[PlanTable, ...] = (
    PlanTable(
        "values",
        "What more is worth",
        "what one more of anything scarce would save, its integer variables (what is signed, qualified, placed) held",
        ("what", "item", "when"),
        (
            text("what", "kind of what is scarce"),
            text("item", "offer, licence, product line, …"),
            text("when", "month (of arrival for a clearance), financial year, or the whole horizon"),
            money("value", "saved by one more in every future, expected, discounted; below 0: it would cost"),
            text("unit", "what one more is"),
            text("note", "zero, or holds in one direction only"),
        ),
        on_request="not asked for: solve with --why",
    ),
    PlanTable(
        "not_taken",
        "Decisions not taken",
        "what each decision for now that the plan leaves would cost, the rest planned again",
        ("decision", "item"),
        (
            text("decision", "apply (for a licence), sign (an offer) or qualify (a design, in the first period)"),
            text("item", "licence, offer or design"),
            money("cost", "how much more the best plan found with it costs"),
            money("at_least", "what it is proven to cost at least"),
            money("at_most", "what it costs at most, were the plan itself as good as is not ruled out"),
            Column("cheaper_by", "number", "", "how much less it must cost to be taken, in the unit beside it"),
            text("unit", "base currency (off the fee), or base currency/kg (off the landed price)"),
            text("note", "impossible, not tried, or too near to distinguish"),
        ),
        on_request="not asked for: solve with --why",
    ),
    PlanTable(
        "left_out",
        "Decisions left out",
        "what it would cost to leave out each decision that the plan takes now, the rest planned again",
        ("decision", "item"),
        (
            text("decision", "apply, sign, keep, qualify or expand (the last two in the first period)"),
            text("item", "licence, offer, design or expansion"),
            money("cost", "how much more the best plan found without it costs"),
            money("at_least", "what it is proven to cost at least"),
            money("at_most", "what it costs at most, were the plan itself as good as is not ruled out"),
            text("note", "impossible, not tried, or too near to distinguish"),
        ),
        on_request="not asked for: solve with --why",
    ),
)
