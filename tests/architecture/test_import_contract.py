"""The direction of imports: eurocluster_portal > vouchers > … > audit."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import BASE_DIR, ROOMS

LINT = Path(sys.executable).with_name("lint-imports")


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache"],
        cwd=project,
        env={"NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def copy_of_the_rooms(target: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(BASE_DIR / room, target / room, ignore=shutil.ignore_patterns("*.json", "__pycache__"))
    shutil.copy(BASE_DIR / "pyproject.toml", target)
    return target


def test_rooms_import_downwards() -> None:
    result = lint_imports(BASE_DIR)
    assert "2 kept, 0 broken" in result.stdout, result.stdout
    assert result.returncode == 0


@pytest.mark.parametrize(
    ("module", "forbidden", "told"),
    [
        ("calls/money.py", "import vouchers.sepa", "calls.money -> vouchers.sepa"),
        ("documents/states.py", "import notifications.states", "documents.states -> notifications.states"),
        ("applications/states.py", "import applications.rules", "applications.states -> applications.rules"),
    ],
)
def test_an_import_upwards_is_found(tmp_path: Path, module: str, forbidden: str, told: str) -> None:
    project = copy_of_the_rooms(tmp_path)
    with (project / module).open("a", encoding="utf-8") as source:
        source.write(f"\n{forbidden}\n")
    result = lint_imports(project)
    assert result.returncode == 1
    assert "1 kept, 1 broken" in result.stdout
    assert told in result.stdout
