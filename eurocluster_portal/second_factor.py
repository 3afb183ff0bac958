"""Who must sign in with a second factor: everybody who decides, pays or judges."""

from typing import Any


def is_required(user: Any) -> bool:
    from calls.rules import holds_any_team_role
    from evaluation.models import Expert

    return user.is_staff or holds_any_team_role(user) or Expert.objects.filter(user=user).exists()
