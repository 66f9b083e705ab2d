"""What a study may be asked, by kind: the same for pages, REST API and workers."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def writable(text: str) -> str:
    """Text without halves of characters, which neither databases nor files can hold."""
    if any(unicodedata.category(sign) == "Cs" for sign in text):
        raise ValueError("holds half a character")
    return text.replace("\0", "")


Name = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(writable)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Spread = Annotated[float, Field(ge=0, le=2, description="standard deviation of a factor of mean 1")]


class _Asked(BaseModel):
    """What comes in: nothing unknown."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AskedWorth(_Asked):
    """What information, licences, decisions and prices are worth; and where a decision begins to pay."""

    study: Literal["worth"]
    parts: list[Literal["information", "licences", "decisions", "prices"]] = Field(
        default=["information", "licences", "decisions"], max_length=4
    )
    terms: list[Literal["price_per_kg", "min_order_kg", "commit_kg_per_period", "lead_periods"]] = Field(
        default=["price_per_kg"], max_length=4, description="terms of offers to be negotiated"
    )
    break_even: Name | None = Field(default=None, description="TABLE/KEY/FIELD, with a decision")
    decision: Name | None = Field(default=None, description="KIND/ITEM, such as sign/O1")
    between: list[Finite] | None = Field(default=None, min_length=2, max_length=2, description="where it is looked for")


class AskedFrontier(_Asked):
    """Cost, risk, service and decisions as one cell takes several values."""

    study: Literal["frontier"]
    over: Name = Field(description="TABLE/KEY/FIELD; settings/NAME/value for a setting")
    values: list[Name] = Field(min_length=2, max_length=40, description="as one would type them; 'blank' for none")


class AskedAlternatives(_Asked):
    """Other plans nearly as good, as different as possible."""

    study: Literal["alternatives"]
    within: float = Field(default=0.01, gt=0, le=1, description="how much more each may cost, as a share")
    most: int = Field(default=10, ge=2, le=30, description="how many plans at most")


class AskedStress(_Asked):
    """How plans hold on paths that they were not made for."""

    study: Literal["stress"]
    courses: int = Field(default=1000, ge=1, le=10_000, description="how many paths")
    seed: int = Field(default=1, ge=0, le=10**9)
    policy: Literal["plan", "replan"] = "plan"
    strategies: list[Name | None] = Field(
        default=[], max_length=20, description="tried on the same paths; null: as it stands; none: the run's own"
    )
    demand: Spread = 0.0
    price: Spread = 0.0
    capacity: Spread = 0.0
    weights: dict[Name, Finite] = Field(default={}, description="of the scenario's own futures, drawn by these")
    leaves: int | None = Field(default=None, ge=1, le=40, description="of trees of replan; null: 5")
    hindsight: bool = True


class AskedSurvive(_Asked):
    """How long each line lasts without a source, and what an outage costs."""

    study: Literal["survive"]
    future: Name | None = None
    without: list[Name] = Field(default=[], max_length=500, description="sources, as country/China; none: each of all")
    impact: list[Name] | None = Field(
        default=None, max_length=50, description="sources whose outages are costed; null: all in small scenarios"
    )
    lengths: list[Annotated[int, Field(ge=1, le=400)]] = Field(default=[], max_length=50, description="in periods")
    longer: list[Name] | None = Field(default=None, max_length=50, description="sources to outlast a period longer")


Asked = Annotated[
    AskedWorth | AskedFrontier | AskedAlternatives | AskedStress | AskedSurvive, Field(discriminator="study")
]

TITLES = {
    "worth": "What is it worth?",
    "frontier": "What if it were more, or less?",
    "alternatives": "Which plans are as good?",
    "stress": "Does the plan hold?",
    "survive": "How long do we last?",
}
"""What the page calls each study, in the order in which it offers them."""

MEANINGS = {
    "worth": "What early answers, licences, decisions and prices are worth, and at which price an offer pays.",
    "frontier": "Cost, risk, service and what is decided, as one cell of the scenario takes several values.",
    "alternatives": "Plans that cost nearly the same and differ as much as they can: what must, could, need never be.",
    "stress": "The plan tried on paths that it was not made for: what it costs, which line stops, what breaks.",
    "survive": "Days that each product line lasts when a country, licence, supplier or plant stops.",
}

ANSWERS = "answers"
"""The folder in a run's own that holds each answer of a study as it comes."""

OF_A_PLAN = ("stress", "survive")
"""Studies that look into a run's own plan; the others solve its scenario anew."""
