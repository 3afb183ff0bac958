from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        import_job_handlers()


def import_job_handlers() -> None:
    """Let every room register its job handlers, in web processes and commands as well as in workers."""
    for room in apps.get_app_configs():
        if Path(room.path).parent == Path(settings.BASE_DIR) and find_spec(f"{room.name}.tasks"):
            import_module(f"{room.name}.tasks")
