"""The colours of Euroclusters as a style sheet that nothing can break out of."""

import pytest
from django.conf import settings
from django.test import Client

from calls import accents
from tests.factories.calls import EuroclusterFactory


def test_a_rule_for_each() -> None:
    assert accents.css([("desire", "#a3195b")]) == (".ec-desire { --accent: light-dark(#a3195b, #d18cad); }\n")


@pytest.mark.parametrize(
    "row", [("a b", "#a3195b"), ("a", "red"), ("a", "#a3195b; }"), ("a}", "#a3195b"), ("ä", "#a3195b")]
)
def test_what_is_no_plain_colour_or_slug_is_left_out(row: tuple[str, str]) -> None:
    assert accents.css([row]) == ""


@pytest.mark.django_db
def test_the_style_sheet_is_kept_by_browsers(client: Client) -> None:
    EuroclusterFactory(slug="desire", accent="#a3195b")
    answer = client.get("/euroclusters/accents.css")
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert b".ec-desire { --accent: light-dark(#a3195b," in answer.content
    again = client.get("/euroclusters/accents.css", headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    EuroclusterFactory(slug="green", accent="#1b7043")
    assert client.get("/euroclusters/accents.css", headers={"if-none-match": answer["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("colour", "is_readable", "on_dark"),
    [("#a3195b", True, "#d18cad"), ("#000000", True, "#999999"), ("#ffcc00", False, "#ffe57f")],
)
def test_an_accent_is_readable_in_both_modes(colour: str, is_readable: bool, on_dark: str) -> None:
    assert accents.is_readable(colour) is is_readable
    assert accents.dark_variant(colour) == on_dark
    assert accents.contrast(on_dark, accents.ON_DARK) >= 4.5


def test_surfaces_are_those_of_the_style_sheet() -> None:
    tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    assert f"--ground: light-dark({accents.ON_LIGHT}," in tokens
    assert f"--raised: light-dark(#ffffff, {accents.ON_DARK})" in tokens
