"""Saved views: one per name, so many and no more, and nobody else's."""

from datetime import UTC, datetime

import pytest

from accounts import services
from accounts.models import SavedView
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
PAGE = "/manage/recentre/applications/"


def save(user, name: str = "Best", query: str = "q=a", page: str = PAGE) -> SavedView:
    return services.save_view(page=page, name=name, query=query, by=user, at=AT)


def test_a_view_of_the_same_name_is_replaced() -> None:
    user = UserFactory()
    first, again, elsewhere = save(user), save(user, query="q=b"), save(user, page="/manage/dream/applications/")
    assert (again.pk, again.query, again.created_at) == (first.pk, "q=b", AT)
    assert elsewhere.pk != first.pk
    assert save(UserFactory()).pk != first.pk


def test_there_are_only_so_many_views_of_a_list(monkeypatch) -> None:
    monkeypatch.setattr(services, "MOST_VIEWS", 2)
    user = UserFactory()
    save(user, "One"), save(user, "Two")
    with pytest.raises(services.TooManyViews):
        save(user, "Three")
    assert save(user, "Two", query="q=new").query == "q=new"
    assert save(user, "Three", page="/manage/dream/applications/")


def test_a_name_is_not_taken_twice() -> None:
    user = UserFactory()
    one, two = save(user, "One"), save(user, "Two")
    with pytest.raises(services.NameTaken):
        services.rename_view(view_id=two.pk, name="One", by=user)
    assert services.rename_view(view_id=one.pk, name="One", by=user).name == "One"


def test_nobody_touches_the_view_of_another() -> None:
    view = save(UserFactory())
    with pytest.raises(SavedView.DoesNotExist):
        services.rename_view(view_id=view.pk, name="x", by=UserFactory())
    services.delete_view(view_id=view.pk, by=UserFactory())
    assert SavedView.objects.filter(pk=view.pk).exists()
    services.delete_view(view_id=view.pk, by=view.user)
    assert not SavedView.objects.exists()
