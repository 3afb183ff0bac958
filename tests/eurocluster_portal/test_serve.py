"""When `make run` compresses styles and scripts anew."""

import os
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from eurocluster_portal.management.commands.serve import is_collected


@pytest.fixture
def manifest(tmp_path, settings) -> Path:
    settings.STATIC_ROOT = tmp_path
    return tmp_path / "staticfiles.json"


def newest() -> float:
    files = (storage.path(name) for finder in finders.get_finders() for name, storage in finder.list([]))
    return max(Path(file).stat().st_mtime for file in files)


def test_nothing_is_collected_before_the_first_start(manifest):
    assert not is_collected()


@pytest.mark.parametrize(("seconds", "expected"), [(-1, False), (1, True)])
def test_a_change_after_the_last_time_counts(manifest, seconds, expected):
    manifest.touch()
    os.utime(manifest, (newest() + seconds,) * 2)
    assert is_collected() is expected
