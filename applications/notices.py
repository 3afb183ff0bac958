"""What the public page of a call says of its applications."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from applications.rounds import left_of
from calls.notices import call_notice
from calls.phases import Phase
from calls.states import Selection

if TYPE_CHECKING:
    from calls.models import Call


@call_notice
def money_is_asked_for(call: Call, at: datetime) -> str:
    """Spare people the work on a proposal that nobody could pay now."""
    if call.selection != Selection.FIRST_COME or call.phase_at(at) != Phase.OPEN or not left_of(call).is_nothing:
        return ""
    return _("All the money is asked for. Applications are taken again when a place falls away.")
