"""The groups of two demo companies: a family firm with a venture fund and a holding, and a daughter with a partner."""

from __future__ import annotations

from typing import Any

YES_TO = {"owners": True, "links": False, "public": False, "new_owner": False}

#: By the key of the company, in the form of `applications.sme.reading`; the company itself ("A") is added by the service.
GROUPS: dict[str, dict[str, Any]] = {
    "lemndeapuseni": {
        "answers": {**YES_TO, "investors": True, "holdings": True, "consolidated": False},
        "enterprises": {
            "E1": {
                "name": "Carpatia Growth Ventures SA", "country": "RO", "investor_type": "venture_capital",
                "headcount": "12", "turnover_eur": "3100000", "balance_sheet_eur": "41000000",
            },
            "E2": {
                "name": "Apuseni Showroom SRL", "country": "RO",
                "headcount": "6", "turnover_eur": "740000", "balance_sheet_eur": "210000",
            },
            "E3": {
                "name": "Gherăstraie Someș SRL", "country": "RO",
                "headcount": "22", "turnover_eur": "1900000", "balance_sheet_eur": "1250000",
            },
        },
        "holdings": [
            {"holder": "E1", "held": "A", "capital_pct": "30"},
            {"holder": "A", "held": "E2", "capital_pct": "100"},
            {"holder": "A", "held": "E3", "capital_pct": "35", "voting_pct": "40"},
        ],
    },
    "livenzaarredi": {
        "answers": {**YES_TO, "investors": False, "holdings": False, "consolidated": False},
        "enterprises": {
            "E1": {
                "name": "Livenza Partecipazioni S.p.A.", "country": "IT",
                "headcount": "5", "turnover_eur": "600000", "balance_sheet_eur": "9800000",
            },
            "E2": {
                "name": "Vetrerie del Noncello S.r.l.", "country": "IT",
                "headcount": "48", "turnover_eur": "7200000", "balance_sheet_eur": "5600000",
            },
            "E3": {
                "name": "Alpenholz Beteiligungs GmbH", "country": "AT",
                "headcount": "60", "turnover_eur": "14000000", "balance_sheet_eur": "11000000",
            },
        },
        "holdings": [
            {"holder": "E1", "held": "A", "capital_pct": "72"},
            {"holder": "E1", "held": "E2", "capital_pct": "55"},
            {"holder": "E3", "held": "A", "capital_pct": "28"},
        ],
    },
}  # fmt: skip
