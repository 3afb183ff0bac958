"""The questions that a sealed version answered, whatever the application asks today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from calls.form_definition import FormDefinition

if TYPE_CHECKING:
    from applications.models import Application


def form_of(application: Application, content: Mapping[str, Any]) -> FormDefinition:
    """The form of the version in `content`; a query only where the application went on to a later one."""
    version = content.get("form_version", application.form.version)
    if version == application.form.version:
        return application.form.parsed()
    return application.call.forms.get(version=version).parsed()
