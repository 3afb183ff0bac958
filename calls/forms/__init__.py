"""What people type about calls and teams."""

from calls.forms.filtering import CallFilterForm
from calls.forms.money import BudgetFilterForm, BudgetLineNameForm, RefuseTransferForm, TransferForm
from calls.forms.publication import (
    AnswerCorrectionForm,
    AnswerForm,
    CancellationForm,
    CorrigendumForm,
    ExtensionForm,
    QuestionForm,
    ReasonForm,
)
from calls.forms.publishing import SendBackForm, ShortWindowForm
from calls.forms.setup import CallForm
from calls.forms.teams import TeamInvitationForm

__all__ = [
    "AnswerCorrectionForm",
    "AnswerForm",
    "BudgetFilterForm",
    "BudgetLineNameForm",
    "CallFilterForm",
    "CallForm",
    "CancellationForm",
    "CorrigendumForm",
    "ExtensionForm",
    "QuestionForm",
    "ReasonForm",
    "RefuseTransferForm",
    "SendBackForm",
    "ShortWindowForm",
    "TeamInvitationForm",
    "TransferForm",
]
