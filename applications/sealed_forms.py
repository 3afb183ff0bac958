"""Which version of the questions counts: the one a sealed version answered, and whether there is a newer one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from applications.states import ApplicationStatus
from calls.form_definition import FormDefinition

if TYPE_CHECKING:
    from applications.models import Application


def form_of(application: Application, content: Mapping[str, Any]) -> FormDefinition:
    """The form of the version in `content`; a query only where the application went on to a later one."""
    version = content.get("form_version", application.form.version)
    if version == application.form.version:
        return application.form.parsed()
    return application.call.forms.get(version=version).parsed()


def has_newer_form(application: Application) -> bool:
    """Whether a submitted application may take new questions over; drafts have them already. One query."""
    if application.status != ApplicationStatus.SUBMITTED:
        return False
    return application.call.forms.in_force().filter(version__gt=application.form.version).exists()
