"""The questions before the group is described: only those that matter after what was answered. Pure.

Answers are {code: True | False}. What is answered with no for all needs no group: the own figures decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Answers = Mapping[str, bool]
Words = str | Promise


@dataclass(frozen=True, slots=True)
class InterviewQuestion:
    """It matters when one of the questions in `follows` was answered with yes, and with `asks_of_earlier` when earlier
    accounting periods are known."""

    code: str
    text: Words
    guidance: Words
    follows: tuple[str, ...] = ()
    asks_of_earlier: bool = False

    def is_asked(self, answers: Answers, *, has_earlier: bool) -> bool:
        if self.asks_of_earlier and not has_earlier:
            return False
        return not self.follows or any(answers.get(code) for code in self.follows)


QUESTIONS = (
    InterviewQuestion(
        "owners",
        _("Does another enterprise or a public body hold 25 % or more of yours?"),
        _(
            "Of the capital or of the votes, whichever is more. Add together what enterprises of one group hold. A person"
            " without another enterprise does not count."
        ),
    ),
    InterviewQuestion(
        "investors",
        _("Is one of these holders a fund, a business angel, a university or another public investor?"),
        _(
            "Some investors may hold up to 50 % without counting: venture capital, business angels, universities, regional"
            " funds, small local authorities."
        ),
        follows=("owners",),
    ),
    InterviewQuestion(
        "holdings",
        _("Do you hold 25 % or more of another enterprise?"),
        _("Of its capital or of its votes, directly or through an enterprise that you control."),
    ),
    InterviewQuestion(
        "links",
        _("Are you tied to another enterprise in another way?"),
        _(
            "It may appoint the majority of your board, or you of its; a contract or the articles give one the say over the"
            " other; or the same persons hold the majority of both, on the same or neighbouring markets."
        ),
    ),
    InterviewQuestion(
        "public",
        _("Do public bodies together hold 25 % or more of you, through others or in smaller parts?"),
        _("The State, regions, municipalities and what belongs to them. With 25 % or more an enterprise is no SME."),
    ),
    InterviewQuestion(
        "consolidated",
        _("Are there consolidated accounts that hold your figures or those of an enterprise around you?"),
        _("Enterprises in consolidated accounts are counted with them, and only once."),
        follows=("owners", "holdings", "links"),
    ),
    InterviewQuestion(
        "new_owner",
        _("Did the majority of you pass to another owner since the earlier of your accounting periods?"),
        _("A larger or smaller size counts only when it lasts two periods, except after a change of ownership."),
        asks_of_earlier=True,
    ),
)


def asked(answers: Answers, *, has_earlier: bool) -> list[InterviewQuestion]:
    """The questions that matter, in their order; a later one may depend on the answer to an earlier one."""
    return [question for question in QUESTIONS if question.is_asked(answers, has_earlier=has_earlier)]


def next_open(answers: Answers, *, has_earlier: bool) -> InterviewQuestion | None:
    """The first question that matters and is not answered; `None` when nothing is left to ask."""
    return next((one for one in asked(answers, has_earlier=has_earlier) if one.code not in answers), None)


def features(answers: Answers, *, has_earlier: bool) -> frozenset[str]:
    """The questions answered with yes that still matter; the editor shows what belongs to them."""
    return frozenset(one.code for one in asked(answers, has_earlier=has_earlier) if answers.get(one.code))


def needs_group(found: frozenset[str]) -> bool:
    """Whether there is anything to describe beyond the own figures."""
    return bool(found - {"new_owner"})


def needs_others(found: frozenset[str]) -> bool:
    return bool(found & {"owners", "holdings", "links"})


def answers_from(raw: Any) -> dict[str, bool]:
    """The answers as they were kept, without what is none."""
    codes = {question.code for question in QUESTIONS}
    return {code: value for code, value in dict(raw or {}).items() if code in codes and isinstance(value, bool)}
