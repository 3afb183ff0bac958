"""Templates: all used, all loadable, none unescaped, every text marked for translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.template.loader import get_template

from tests.architecture.markup import WORD, unmarked_words
from tests.architecture.sources import BASE_DIR, Module, modules

FOLDER = BASE_DIR / "templates"
TEMPLATES = {
    str(path.relative_to(FOLDER)): path for path in sorted(FOLDER.rglob("*")) if path.suffix in {".html", ".txt"}
}
SOURCES = {name: path.read_text(encoding="utf-8") for name, path in TEMPLATES.items()}
QUOTED = re.compile(r"""["']([\w./-]+)["']""")
#: Django asks for these by name.
ASKED_BY_DJANGO = {"400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"}


# --- Used and loadable -------------------------------------------------------------------------


def words_of_our_code() -> set[str]:
    """Every string in our modules: names of templates, kinds of notifications and of documents."""
    constants = (node for module in modules() for node in ast.walk(module.tree) if isinstance(node, ast.Constant))
    return {node.value for node in constants if isinstance(node.value, str)}


def names_in_tags(source: str) -> set[str]:
    return {name for tag in re.findall(r"{%.*?%}", source) for name in QUOTED.findall(tag)}


def folders_of_packages() -> list[Path]:
    found = [Path(config.path) / "templates" for config in apps.get_app_configs()]
    return [folder for folder in found if folder.is_dir() and BASE_DIR not in folder.parents] + [
        Path(config.path) / "templates" for config in apps.get_app_configs() if "site-packages" in config.path
    ]


def replaces_a_package(name: str) -> bool:
    return any((folder / name).is_file() for folder in folders_of_packages())


def is_used(name: str, words: set[str]) -> bool:
    kind = Path(name).with_suffix("").name
    by_kind = name.startswith(("notifications/", "documents/")) and kind in words
    return name in words or by_kind or name in ASKED_BY_DJANGO or replaces_a_package(name)


def test_every_template_is_used() -> None:
    words = words_of_our_code().union(*(names_in_tags(source) for source in SOURCES.values()))
    assert [name for name in TEMPLATES if not is_used(name, words)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_loads(name: str) -> None:
    assert get_template(name)


def test_every_template_that_is_named_exists() -> None:
    named = {
        word
        for word in words_of_our_code().union(*(names_in_tags(source) for source in SOURCES.values()))
        if re.fullmatch(r"[a-z0-9_]+(/[a-z0-9_]+)+\.(html|txt)", word)
    }
    assert len(named) > 30
    assert sorted(word for word in named if word not in TEMPLATES and not replaces_a_package(word)) == []


def enqueued() -> Iterator[tuple[str, str]]:
    for module in modules():
        for call in module.calls():
            if (
                isinstance(call.func, ast.Attribute)
                and call.func.attr in {"enqueue", "enqueue_to_address"}
                and call.args
            ):
                kind = call.args[0]
                if isinstance(kind, ast.Constant):
                    yield module.name, kind.value


@pytest.mark.parametrize(("module", "kind"), sorted(set(enqueued())))
def test_every_notification_has_its_text(module: str, kind: str) -> None:
    assert SOURCES[f"notifications/{kind}.txt"].count("Subject: ") == 1


# --- Escaping ----------------------------------------------------------------------------------

REVIEWED_UNESCAPED = {
    "bootstrap5/layout/help_text.html": "help texts are ours; Django's own markup for the password rules is among them",
}
REVIEWED_SAFE_CODE = {
    "calls/feeds.py": "JSON in a script element, its <, > and & escaped in the same line",
    "calls/texts/markdown.py": "the description of a call, cleaned by nh3 in the same function",
}


def test_nothing_is_printed_unescaped() -> None:
    unescaped = {
        name
        for name, source in SOURCES.items()
        if re.search(r"\|\s*(safe|safeseq)\b", source)
        or (name.endswith(".html") and re.search(r"{%\s*autoescape\s+off", source))
    }
    assert unescaped == set(REVIEWED_UNESCAPED)


def marks_safe(module: Module) -> bool:
    for call in module.calls():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in {"mark_safe", "SafeString", "SafeText"}:
            return True
    return False


def test_no_code_calls_text_safe() -> None:
    assert {module.name for module in modules() if marks_safe(module)} == set(REVIEWED_SAFE_CODE)


# --- Translation -------------------------------------------------------------------------------

#: Names, units and codes that are the same in every language.
SAME_EVERYWHERE = {
    "notifications/mail.html": {"EU"},
}
#: Pages for developers speak English only.
IN_TROUBLE = "500.html"  # is shown when nothing works any more, translation included
FOR_DEVELOPERS = ("eurocluster_portal/styleguide.html", "notifications/developer_", "account/demo_people.html")
NAMES = re.compile(
    r"\b(EUR|IBAN|BIC|VAT|SEPA|PDF|CSV|XLSX|XML|SHA-256|NACE|TRL|EU|RSS|pain\.001(\.001\.09)?|Subject:)(?!\w)"
)


def untranslated(name: str, source: str) -> list[str]:
    found = unmarked_words(NAMES.sub("", source), is_html=name.endswith(".html"))
    return [line for line in found if line not in SAME_EVERYWHERE.get(name, set())]


@pytest.mark.parametrize("name", [name for name in TEMPLATES if not name.startswith((*FOR_DEVELOPERS, IN_TROUBLE))])
def test_every_text_is_marked_for_translation(name: str) -> None:
    assert untranslated(name, SOURCES[name]) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Plain words</p>", ["Plain words"]),
        ('<p>{% translate "Marked words" %}</p>', []),
        ("<p>{% blocktranslate trimmed %}Marked\n words{% endblocktranslate %} loose</p>", ["loose"]),
        ('<a class="btn" href="{{ url }}" title="Spoken">{{ name }}</a>', ["Spoken"]),
        ("<p>{# a comment #}{{ one }} · {{ two }} – 12</p>", []),
        ("<script>let x</script><p>{% comment %}words{% endcomment %}</p>", []),
    ],
)
def test_an_unmarked_text_is_noticed(source: str, expected: list[str]) -> None:
    assert untranslated("planted.html", source) == expected


SPOKEN_ARGUMENTS = {"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label", "placeholder"}
FOR_DEVELOPERS_CODE = {"eurocluster_portal/pages.py": "the sample forms of the style guide"}


def is_plain_text(node: ast.expr) -> bool:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return any(WORD.search(text) for text in texts)


def unmarked_code(module: Module) -> Iterator[str]:
    for call in module.calls():
        function = ast.unparse(call.func)
        spoken = [argument.value for argument in call.keywords if argument.arg in SPOKEN_ARGUMENTS]
        if re.fullmatch(r"messages\.(success|error|info|warning)|form\.add_error|self\.add_error", function):
            spoken += call.args[1:2]
        elif function.rpartition(".")[2] == "ValidationError":
            spoken += call.args[:1]
        yield from (f"{module.name}:{call.lineno} {ast.unparse(node)}" for node in spoken if is_plain_text(node))


def test_what_code_says_to_people_is_marked_for_translation() -> None:
    speaking = [
        module for module in modules() if module.name not in FOR_DEVELOPERS_CODE and "management" not in module.parts
    ]
    assert [line for module in speaking for line in unmarked_code(module)] == []
