"""Message templates of the tests' own, and a mail folder."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

TEMPLATES = Path(__file__).parent / "templates"


@pytest.fixture(autouse=True)
def own_templates(settings: Any) -> None:
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [*templates[0]["DIRS"], TEMPLATES]
    settings.TEMPLATES = templates


@pytest.fixture(autouse=True)
def mail_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.MAIL_DELIVERY = {"BACKEND": "notifications.mail.FolderEmailBackend", "OPTIONS": {}}
    settings.EMAIL_BACKEND = "notifications.mail.OutboxEmailBackend"
    return settings.MAIL_FOLDER
