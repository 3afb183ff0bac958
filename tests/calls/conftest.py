from typing import Any

import pytest


@pytest.fixture
def portal_address(settings: Any) -> None:
    settings.PORTAL_URL = "https://portal.example"
    settings.PORTAL_NAME = "Eurocluster portal"
