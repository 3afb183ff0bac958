"""What happens in an evaluation: the only writers of this room."""

from calls.services import NotEnoughMoney
from calls.states import IllegalMove
from evaluation.services.assigning import (
    ExpertFromThere,
    ExpertNotIndependent,
    accept_assignment,
    assign_expert,
    cancel_call,
    declare_conflict,
    decline_assignment,
    enrol_expert,
    withdraw_assignment,
)
from evaluation.services.deciding import (
    DecisionStale,
    NoAwardLeft,
    NotNextInLine,
    OverCeiling,
    award_reserve,
    decide_ranking,
    finish_call,
    has_award_left,
    next_reserve,
)
from evaluation.services.ranking import EvaluationUnfinished, make_ranking_list
from evaluation.services.reviewing import Given, ReviewConflict, ReviewIncomplete, save_review, submit_review
from evaluation.services.serving import award_in_order

__all__ = [
    "DecisionStale",
    "EvaluationUnfinished",
    "ExpertFromThere",
    "ExpertNotIndependent",
    "Given",
    "IllegalMove",
    "NoAwardLeft",
    "NotEnoughMoney",
    "NotNextInLine",
    "OverCeiling",
    "ReviewConflict",
    "ReviewIncomplete",
    "accept_assignment",
    "assign_expert",
    "award_in_order",
    "award_reserve",
    "cancel_call",
    "decide_ranking",
    "declare_conflict",
    "decline_assignment",
    "enrol_expert",
    "finish_call",
    "has_award_left",
    "make_ranking_list",
    "next_reserve",
    "save_review",
    "submit_review",
    "withdraw_assignment",
]
