"""Many proposals with generated texts, written past the services because there are so many of them."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from itertools import accumulate
from random import Random
from typing import Any

from applications.models import Application, Submission
from applications.services import keep_text
from applications.snapshot import canonical_json, sha256_of
from applications.states import ApplicationStatus
from tests import scenes

SYLLABLES = ("ba", "ce", "di", "fo", "gu", "lan", "mer", "nis", "por", "qua", "rel", "sto", "tra", "vel", "win", "zen")
#: What half of all proposals of such calls say.
COMMON = (
    "the project contributes to the green and digital transition of European small and medium-sized enterprises",
    "the work plan has three work packages with milestones and deliverables in month three and month nine",
)


class Writer:
    """Writes texts that are different every time, and the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        spoken = Random(1)
        self.words = ["".join(spoken.choices(SYLLABLES, k=spoken.randint(1, 3))) for _ in range(3000)]
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))  # few words are said often

    def text(self, length: int) -> str:
        said = self.chance.choices(self.words, cum_weights=self.weights, k=length)
        for phrase in self.chance.sample(COMMON, self.chance.randint(0, len(COMMON))):
            said.insert(self.chance.randrange(length), phrase)
        return " ".join(said)

    def copied(self, text: str, changed: float) -> str:
        """The text with that share of its words replaced, each by chance."""
        words = text.split()
        for place in self.chance.sample(range(len(words)), round(changed * len(words))):
            words[place] = self.chance.choice(self.words)
        return " ".join(words)


def content_with(content: dict[str, Any], text: str) -> dict[str, Any]:
    """A sealed content whose first long text is the given one, and whose other texts say nothing."""
    made = deepcopy(content)
    for section in [*made["sections"].values(), *(own for one in made["partners"] for own in one["sections"].values())]:
        for code, answer in section.items():
            if isinstance(answer, str) and " " in answer:
                section[code] = ""
    made["sections"]["project"]["summary"] = text
    return made


def proposals(like: scenes.Pair, texts: Iterable[str], *, are_kept: bool = True) -> list[Submission]:
    """An application by nobody in particular for every text, with its sealed version."""
    sealed = like.application.submissions.get()
    made = []
    for number, text in enumerate(texts, start=Application.objects.count() + 1):
        application = Application.objects.create(
            call=like.call,
            form=like.application.form,
            reference=f"GEN-{number:05}",
            status=ApplicationStatus.SUBMITTED,
            title=f"Proposal {number}",
            requested_eur=like.application.requested_eur,
            created_by=like.lead,
            created_at=scenes.OPEN,
            changed_at=scenes.OPEN,
            submitted_at=scenes.OPEN,
            submitted_by=like.lead,
        )
        content = content_with(sealed.content, text)
        canonical = canonical_json(content)
        submission = Submission.objects.create(
            application=application,
            number=1,
            submitted_at=scenes.OPEN,
            submitted_by=like.lead,
            content=content,
            canonical=canonical,
            sha256=sha256_of(canonical),
        )
        made.append(submission)
        if are_kept:
            keep_text(submission_id=submission.pk)
    return made
