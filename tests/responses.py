"""What a page says."""

from typing import Any


def text_of(response: Any) -> str:
    """The source of a page with every run of white space as one space."""
    return " ".join(response.content.decode().split())
