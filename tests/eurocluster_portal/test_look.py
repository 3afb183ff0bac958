"""What the look promises: known files, readable colours, nothing inline, a light first view."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
TOKENS = (STATIC / "css/tokens.css").read_text()
VENDORED = re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", (STATIC / "vendor/README.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("name", "checksum"), VENDORED)
def test_a_file_by_others_is_the_one_that_was_taken(name: str, checksum: str) -> None:
    assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == checksum


def test_every_file_by_others_is_listed() -> None:
    served = {path for path in (STATIC / "vendor").rglob("*") if path.suffix in {".css", ".js", ".woff2"}}
    assert {str(path.relative_to(STATIC / "vendor")) for path in served} == {name for name, _ in VENDORED}


def token(name: str, *, dark: bool) -> str:
    match = re.search(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", TOKENS)
    assert match, name
    return match.group(2 if dark else 1)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


GROUNDS = ["surface", "ground", "raised", "sunken"]
TEXT_ON_GROUND = [
    (text, ground)
    for text in ["ink", "ink-2", "ink-3", "blue", "blue-deep", "bad", "desire", "dream", "recentre"]
    for ground in GROUNDS
]
TEXT_ON_ITS_OWN = [
    ("on-blue", "blue"),
    ("on-blue", "blue-deep"),
    ("on-status", "bad"),
    ("ink-2", "line-2"),
    ("ink-3", "line-2"),
    *((name, f"{name}-soft") for name in ["blue", "ok", "warn", "bad", "violet"]),
    *(("ink", f"{name}-soft") for name in ["blue", "ok", "warn", "bad", "violet"]),
]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND + TEXT_ON_ITS_OWN)
def test_text_is_readable(text: str, ground: str, dark: bool) -> None:
    assert contrast(token(text, dark=dark), token(ground, dark=dark)) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_edge_of_a_control_is_visible(ground: str, dark: bool) -> None:
    assert contrast(token("edge", dark=dark), token(ground, dark=dark)) >= 3


def test_raw_colours_stand_in_the_tokens_only() -> None:
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", (STATIC / "css/portal.css").read_text()) == []


def pages() -> list[Path]:
    """Templates a browser shows: documents go to WeasyPrint, and a mail carries its style in itself."""
    found = sorted((ROOT / "templates").rglob("*.html"))
    return [path for path in found if "documents" not in path.parts and path.name != "mail.html"]


@pytest.mark.parametrize("template", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_carries_what_the_security_policy_drops(template: Path) -> None:
    source = template.read_text()
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)=", source)
    # A block of data is no script: browsers leave it before they ask the policy.
    assert not re.search(r'<script(?! type="application/ld\+json">)(?![^>]*\ssrc=)', source)


@pytest.mark.django_db
def test_the_style_guide_shows_every_component(client: Client, settings) -> None:
    settings.DEVELOPER_PAGES = True
    response = client.get("/developer/styleguide/")
    assert response.status_code == 200
    assert response.content.count(b"<h1>") == 1


@pytest.mark.django_db
def test_the_style_guide_is_not_there_in_production(client: Client, settings) -> None:
    settings.DEVELOPER_PAGES = False
    assert client.get("/developer/styleguide/").status_code == 404


def squeezed(name: str) -> int:
    content = (STATIC / name).read_bytes()
    return len(content) if name.endswith("woff2") else len(gzip.compress(content))


def test_the_first_view_is_light() -> None:
    """Bytes of a first view in a Latin script, with htmx: at most 150 kB, of which 30 kB of scripts."""
    fonts = [f"vendor/ibm-plex-sans/ibm-plex-sans-latin-{weight}-normal.woff2" for weight in (400, 600)]
    styles = ["vendor/bootstrap/bootstrap.min.css", "css/fonts.css", "css/tokens.css", "css/portal.css"]
    scripts = ["js/portal.js", "vendor/htmx/htmx.min.js"]
    images = ["img/favicon.svg", "img/eu-emblem.svg"]
    page = 12_000
    assert sum(map(squeezed, scripts)) <= 30_000
    assert page + sum(map(squeezed, fonts + styles + scripts + images)) <= 150_000
