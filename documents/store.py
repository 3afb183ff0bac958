"""The files on disk: where they are, and how a file appears whole or not at all."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.conf import settings

UNFINISHED = ".part"


def root() -> Path:
    return Path(settings.DOCUMENTS_DIR)


def path_of(name: UUID) -> Path:
    """The place of a file; made from the row's own random name, never from anything a person typed."""
    return root() / name.hex[:2] / name.hex[2:4] / name.hex


def write(name: UUID, content: bytes) -> None:
    """Put the file in its place in one step: a reader sees the whole file or none, even after a power cut.

    The caller holds the row's lock, so one unfinished name per file is enough and a repeat overwrites it.
    """
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(UNFINISHED)
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove(name: UUID) -> None:
    """Take a file away; missing is fine."""
    path_of(name).unlink(missing_ok=True)
    path_of(name).with_suffix(UNFINISHED).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stored_files() -> Iterator[Path]:
    """Every file under the root, unfinished ones too."""
    return (path for path in root().glob("*/*/*") if path.is_file())
