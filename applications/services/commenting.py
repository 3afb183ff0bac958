"""Comments between co-applicants: writing and settling."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from applications.models import Application, Comment
from applications.services.drafting import lock_application
from applications.services.telling import tell_authors
from applications.states import EDITABLE
from audit import services as audit
from calls.form_definition import Section

if TYPE_CHECKING:
    from accounts.models import User


class TooManyComments(Exception):
    """The application holds as many comments as it may."""


class CommentsTooFast(Exception):
    """The person has written as many comments in an hour as one may; each is a mail to all the others."""


class CommentsOver(Exception):
    """The application is past the point where its authors write it."""


MOST, MOST_IN_AN_HOUR = 500, 60


@transaction.atomic
def write_comment(
    *, application_id: int, section: Section, participation_id: int | None, text: str, url: str, by: User, at: datetime
) -> Comment:
    """Tell the other authors something about a section; they get a message that leads to `url`.

    Raises:
        CommentsOver: the application is checked, decided or withdrawn.
        TooManyComments: it has 500.
        CommentsTooFast: `by` has written 60 in the last hour.
    """
    application = _lock_editable(application_id)
    if Comment.objects.filter(written_by=by, written_at__gt=at - timedelta(hours=1)).count() >= MOST_IN_AN_HOUR:
        raise CommentsTooFast(by.pk)
    if application.comments.count() >= MOST:
        raise TooManyComments(application.reference)
    comment = Comment.objects.create(
        application=application,
        section_code=section.code,
        participation_id=participation_id,
        text=text,
        written_by=by,
        written_at=at,
    )
    audit.record("comment.written", subject=application, actor=by, at=at, comment=comment.pk, section=section.code)
    _tell_others(application, comment, section, url, by, at)
    return comment


def _lock_editable(application_id: int) -> Application:
    application = lock_application(application_id)
    if application.status not in EDITABLE:
        raise CommentsOver(application.status)
    return application


def _tell_others(
    application: Application, comment: Comment, section: Section, url: str, by: User, at: datetime
) -> None:
    key = f"comment_written:{comment.pk}"
    tell_authors(
        "comment_written", application, at=at, but=by, url=url, key=key, section=section, by=by, words=comment.text
    )


@transaction.atomic
def settle_comment(*, comment_id: int, by: User, at: datetime) -> Comment:
    """Mark a comment as dealt with; one that is settled stays as it is.

    Raises:
        CommentsOver: the application is checked, decided or withdrawn.
    """
    application = _lock_editable(Comment.objects.values_list("application", flat=True).get(pk=comment_id))
    comment = Comment.objects.get(pk=comment_id)
    if comment.settled_at is None:
        comment.settled_by, comment.settled_at = by, at
        comment.save(update_fields=["settled_by", "settled_at"])
        audit.record("comment.settled", subject=application, actor=by, at=at, comment=comment.pk)
    return comment
