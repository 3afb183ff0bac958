"""What happens to Euroclusters, calls and their money: the only writers of this room."""

from calls.services.call_files import file_of, import_call
from calls.services.calls import (
    CallNotReady,
    Check,
    archive_call,
    begin_evaluation,
    cancel_call,
    close_decision,
    create_call,
    lock_call,
    publish_call,
    publishing_checks,
    publishing_gaps,
    set_form,
    start_implementation,
    update_call,
)
from calls.services.ledger import (
    NotEnoughMoney,
    allocate_to_line,
    commit_money,
    pay_money,
    release_reservation,
    reserve_money,
)
from calls.services.teams import end_role, give_role
from calls.services.transfers import (
    LinesDoNotMatch,
    SamePerson,
    approve_transfer,
    propose_transfer,
    record_refused_transfer,
    refuse_transfer,
    withdraw_transfer,
)
from calls.states import IllegalMove

__all__ = [
    "CallNotReady",
    "Check",
    "IllegalMove",
    "LinesDoNotMatch",
    "NotEnoughMoney",
    "SamePerson",
    "allocate_to_line",
    "approve_transfer",
    "archive_call",
    "begin_evaluation",
    "cancel_call",
    "close_decision",
    "commit_money",
    "create_call",
    "end_role",
    "file_of",
    "give_role",
    "import_call",
    "lock_call",
    "pay_money",
    "propose_transfer",
    "publish_call",
    "publishing_checks",
    "publishing_gaps",
    "record_refused_transfer",
    "refuse_transfer",
    "release_reservation",
    "reserve_money",
    "set_form",
    "start_implementation",
    "update_call",
    "withdraw_transfer",
]
