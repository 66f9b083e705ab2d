"""What the sheets of an export can say, and how ERPs head their columns: proposals for a mapping, never more.

A proposal counts only once the mapping that holds it has been looked at and saved: see `planner.rolling.mapping`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.rolling.actuals import BLOCKED, FREE, JOB_WORKER, TRANSIT, sheets
from planner.scenario.fields import to_text
from planner.scenario.letters import looks


@dataclass(frozen=True)
class Source:
    """A field that a column of an export can hold: what it means, and headings that ERPs give it."""

    name: str
    meaning: str
    headings: tuple[str, ...] = ()


def _sources(*fields: tuple[str, str, str]) -> tuple[Source, ...]:
    return tuple(Source(name, meaning, tuple(filter(None, heads.split("|")))) for name, meaning, heads in fields)


_MATERIAL = ("material", "material number or name", "material|material number|materialnummer|product|internal reference"
             "|produkt|item code|product variant|product/internal reference")  # fmt: skip
_VENDOR = ("vendor", "who sells", "vendor|supplier|lieferant|kreditor|vendor/supplying plant|supplier/supplying plant"
           "|lieferant/lieferwerk|partner|source document partner|contact")  # fmt: skip
_UNIT = ("unit", "unit of the quantity", "unit of entry|base unit of measure|order unit|unit|uom|unit of measure"
         "|basismengeneinheit|bestellmengeneinheit|erfassungsmengeneinheit|mengeneinheit|me|bme|bun|eun|oun"
         "|product unit of measure")  # fmt: skip
_ORDER = ("reference", "number of the purchase order", "purchase order|purchasing document|einkaufsbeleg|bestellung"
          "|po|order reference|source document|source|bestellnummer|po number")  # fmt: skip
_BATCH = ("batch", "batch or lot", "batch|charge|lot/serial number|lot|lot/serial")
_MOVEMENT = ("movement", "movement type", "movement type|bewegungsart|mvt|bwart|bwa|operation type|picking type")

SOURCES: dict[str, tuple[Source, ...]] = {
    "receipts": _sources(
        ("month", "when it arrived", "posting date|buchungsdatum|date|effective date|document date|datum"
         "|scheduled date"),
        _MATERIAL, _VENDOR,
        ("kg", "how much", "quantity|qty in unit of entry|menge|menge in erfassungsmeinh|qty in un. of entry|done"
         "|quantity done|demand|erfassungsmenge"),
        _UNIT, _ORDER,
        ("document", "number of the goods receipt", "material document|materialbeleg|mat. doc.|reference|belegnummer"),
        ("item", "item of the goods receipt", "material doc.item|material document item|materialbelegposition|item"),
        _BATCH, _MOVEMENT,
        ("paid", "what it cost with freight and duty, in base currency", "amt.in loc.cur.|amount in lc"
         "|betrag hauswährung|betrag in hauswährung|amount"),
    ),
    "stock": _sources(
        _MATERIAL,
        ("place", "plant or storage place", "storage location|lagerort|location|sloc|stor. loc.|lort"),
        _BATCH, _ORDER,
        ("kg", "how much, in the state that its place or its state says", "unrestricted|frei verwendbar|quantity"
         "|unrestricted-use stock|on hand|menge|available quantity|quantity on hand|inventoried quantity"),
        ("kg blocked", "how much of it is blocked", "blocked|gesperrt|blocked stock|sperrbestand|in quality insp."
         "|in qualitätsprüfung|restricted-use stock|returns|retouren"),
        ("kg in transit", "how much is on the way between places", "transit and transfer|in transit"
         "|stock in transit|trans./umlagerung|umlagerung|transitbestand"),
        ("kg at a job worker", "how much lies at a job worker", "stock at subcontractor|at subcontractor"
         "|beistellbestand"),
        _UNIT,
    ),
    "orders": _sources(
        _ORDER, _MATERIAL, _VENDOR,
        ("month", "when it is due", "delivery date|lieferdatum|expected arrival|scheduled date|receipt date|deadline"
         "|confirmed delivery date"),
        ("kg", "how much is still to come", "still to be delivered (qty)|noch zu liefern (menge)|open quantity"
         "|offene menge|remaining quantity|noch zu liefern|outstanding quantity"),
        ("ordered", "how much was ordered (with received, in place of what is still to come)", "order quantity"
         "|bestellmenge|scheduled quantity|quantity|ordered quantity|menge"),
        ("received", "how much of it came", "received|received qty|received quantity|gelieferte menge|delivered|wemng"),
        _UNIT, _BATCH,
    ),
    "builds": _sources(
        ("segment", "product number or name", "material|materialnummer|product|produkt"
         "|product/internal reference"),
        ("month", "when it was built", "posting date|buchungsdatum|date|end date|datum|effective date"
         "|actual finish date"),
        ("units", "how many", "quantity|qty|menge|quantity producing|quantity produced|delivered quantity"
         "|gelieferte menge|gelieferte menge (gmein)|yield"),
        _MOVEMENT,
    ),
    "letters": _sources(
        ("reference", "order or application that it is about", "order|purchase order|application|antrag|po"),
        ("licence", "licence", "license|lizenz|genehmigung"),
        ("result", "granted, returned, refused or pending", "status|ergebnis|stand"),
        ("kg", "what it covers", "quantity|menge"),
        ("exporter", "who applied", "exporteur|applicant|antragsteller"),
        ("stamped", "when the certificate was stamped", "euc stamped|stamp|stempel|stamp date"),
        ("courier", "when the papers went", "courier date|sent|kurier|versandt"),
        ("accepted", "when the ministry took it in", "acceptance|accepted on|angenommen|acceptance date"),
        ("valid_until", "last month in which it is in force", "valid to|valid till|gültig bis|expiry|expires"),
        ("expected", "when it is expected now", "expected date|erwartet"),
    ),
}  # fmt: skip
"""By sheet, what its columns can hold."""

QUANTITIES = {
    "receipts": ("kg", "paid"),
    "stock": ("kg", "kg blocked", "kg in transit", "kg at a job worker"),
    "orders": ("kg", "ordered", "received"),
    "builds": ("units",),
    "letters": ("kg", "deposit_back"),
}
MONTHS = ("month", "expected", "valid_until")
DAYS = ("stamped", "courier", "accepted")
STATE_OF = {"kg": FREE, "kg blocked": BLOCKED, "kg in transit": TRANSIT, "kg at a job worker": JOB_WORKER}
"""By column of stock, the state that its kg are in (of 'kg' where neither place nor state says another)."""

_LIKELY_TITLES = {
    "receipts": "receipt receipts mb51 wareneingang wareneingänge moves move picking grn",
    "stock": "stock mb52 bestand lagerbestand hand quant quants inventory",
    "orders": "orders order me2m me2n me2l bestellungen po purchase purchasing",
    "builds": "builds production coois produktion manufacturing mrp fertigung rückmeldung",
    "letters": "letters licences licenses applications register lizenzen anträge",
}
"""By sheet, words in the titles of such exports; the first that fits counts."""

UNITS = {
    "kg": 1.0, "kgs": 1.0, "kilogram": 1.0, "kilogramm": 1.0, "g": 0.001, "gm": 0.001, "gram": 0.001, "gramm": 0.001,
    "t": 1000.0, "to": 1000.0, "ton": 1000.0, "tons": 1000.0, "tonne": 1000.0, "tonnen": 1000.0, "mt": 1000.0,
    "lb": 0.45359237, "lbs": 0.45359237, "mg": 1e-6,
}  # fmt: skip
"""Kilograms of one unit of mass."""

PIECES = ("pc", "pcs", "st", "stk", "ea", "nos", "no", "unit", "units", "piece", "pieces", "stück", "each", "set")
"""Units that count: what one weighs has to be said, unless the material itself is counted in pieces."""

RECEIPT, RETURN, IGNORE = "receipt", "return", "ignore"
MOVEMENTS = {
    "101": RECEIPT, "102": RETURN, "122": RETURN, "123": RECEIPT, "131": RECEIPT, "132": RETURN, "161": RETURN,
    "162": RECEIPT, "receipts": RECEIPT, "returns": RETURN, "manufacturing": RECEIPT,
}  # fmt: skip
"""What movement types of SAP and operations of Odoo usually are."""

RESULTS = {
    "erteilt": "granted", "genehmigt": "granted", "approved": "granted", "issued": "granted",
    "zurückgegeben": "returned", "zurück": "returned", "resubmit": "returned",
    "abgelehnt": "refused", "rejected": "refused", "denied": "refused",
    "offen": "pending", "in bearbeitung": "pending", "under review": "pending", "submitted": "pending",
}  # fmt: skip


def fields_of(sheet: str) -> dict[str, str]:
    """What a column of a sheet can hold, by name, with what it means: our own columns, and those of exports."""
    own = {field.name: field.meaning for field in sheets()[sheet].fields.values() if field.name != "cell"}
    return {source.name: source.meaning for source in SOURCES[sheet]} | own


def folded(heading: object) -> str:
    """A heading as headings are compared: without capitals, line ends and marks at its end."""
    return re.sub(r"[.:*]+$", "", re.sub(r"\s+", " ", looks(to_text(heading)))).strip()


def likely_field(sheet: str, heading: object) -> str | None:
    """The field that a column probably holds, by its heading."""
    text = folded(heading)
    if text.replace(" ", "_") in fields_of(sheet):
        return text.replace(" ", "_")
    found = (source.name for source in SOURCES[sheet] if text in map(folded, source.headings) or text == source.name)
    return next(found, None)


def likely_sheet(title: str, headings: tuple[object, ...]) -> str | None:
    """The sheet of actuals that a sheet of an export probably is, by its title or its headings."""
    words = set(re.findall(r"[^\W_]+", looks(title)))
    for name, hints in _LIKELY_TITLES.items():
        if words & set(hints.split()):
            return name
    counts = {name: len({likely_field(name, h) for h in headings if h is not None} - {None}) for name in SOURCES}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] >= 3 else None
