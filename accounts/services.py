"""What people keep in their account: the only writers of this room. Saved views are private to the person."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import SavedView, User

MOST_VIEWS = 30  # of one list


class TooManyViews(Exception):
    """The person has as many views of this list as the page has room for."""


class NameTaken(Exception):
    """Another view of this list has the name already."""


@transaction.atomic
def save_view(*, page: str, name: str, query: str, by: User, at: datetime) -> SavedView:
    """Keep the settings of a list under a name; a view of the same name is replaced.

    Raises:
        TooManyViews: there are `MOST_VIEWS` others.
    """
    own = _locked_views(by, page)
    if len([view for view in own if view.name != name]) >= MOST_VIEWS:
        raise TooManyViews
    view, _is_new = SavedView.objects.update_or_create(
        user=by, page=page, name=name, defaults={"query": query}, create_defaults={"query": query, "created_at": at}
    )
    return view


@transaction.atomic
def rename_view(*, view_id: int, name: str, by: User) -> SavedView:
    """Give one's own view another name.

    Raises:
        NameTaken: another view of the list has it.
    """
    view = SavedView.objects.get(pk=view_id, user=by)
    if any(other.name == name and other.pk != view.pk for other in _locked_views(by, view.page)):
        raise NameTaken
    view.name = name
    view.save(update_fields=["name"])
    return view


def delete_view(*, view_id: int, by: User) -> None:
    SavedView.objects.filter(pk=view_id, user=by).delete()


def _locked_views(user: User, page: str) -> list[SavedView]:
    """The person's views of a list, held against a second tab. The row of the person stands for those still to come."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return list(SavedView.objects.filter(user=user, page=page))
