"""A form with every kind of question that has rows, and what may be answered."""

from typing import Any

FORM: dict[str, Any] = {
    "version": 1,
    "sections": [
        {
            "code": "project",
            "title": "Project",
            "questions": [
                {"code": "title", "kind": "short_text", "label": "Title"},
                {"code": "duration_months", "kind": "number", "label": "Months", "minimum": 6, "maximum": 12},
                {"code": "abroad", "kind": "yes_no", "label": "Do you go abroad?"},
                {
                    "code": "countries",
                    "kind": "short_text",
                    "label": "Which countries?",
                    "show_if": {"question": "abroad", "is": True},
                },
            ],
        },
        {
            "code": "plan",
            "title": "Plan",
            "questions": [
                {"code": "work_plan", "kind": "work_plan", "label": "Work plan", "max_packages": 3},
                {
                    "code": "aims",
                    "kind": "indicators",
                    "label": "Aims",
                    "indicators": [{"code": "jobs", "label": "Jobs", "unit": "people"}],
                    "max_own": 2,
                },
            ],
        },
        {
            "code": "travel",
            "title": "Travel",
            "show_if": {"question": "project.abroad", "is": True},
            "questions": [{"code": "why", "kind": "short_text", "label": "Why abroad?"}],
        },
        {
            "code": "costs",
            "title": "Costs",
            "per_partner": True,
            "questions": [
                {
                    "code": "costs",
                    "kind": "cost_table",
                    "label": "Costs",
                    "categories": [
                        {"code": "staff", "label": "Staff"},
                        {"code": "trips", "label": "Trips", "rate": "0.4", "max_share": "0.5"},
                    ],
                },
                {
                    "code": "visa",
                    "kind": "declaration",
                    "label": "We need a visa",
                    "required": False,
                    "show_if": {"question": "project.abroad", "is": True},
                },
            ],
        },
    ],
}


GIVEN: dict[str, dict[str, Any]] = {
    "project": {"title": "Oak", "duration_months": "9", "abroad": False, "countries": "secret Chile"},
    "plan": {
        "work_plan": [
            {
                "title": "Build",
                "description": "We build it.",
                "starts_month": 1,
                "ends_month": 9,
                "lead": None,
                "milestones": [{"title": "First try", "month": 4}],
                "deliverables": [],
            }
        ],
        "aims": [{"code": "jobs", "label": "Jobs", "unit": "people", "baseline": "3", "target": "5"}],
    },
    "travel": {"why": "secret reason"},
    "costs": {"costs": {"staff": "10000.01", "trips": "1000.00"}, "visa": True},
}
