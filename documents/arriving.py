"""Large files while they arrive: they wait on the disk, and a full disk is an answer to the person, no server error."""

from __future__ import annotations

import contextlib
from typing import Any, NoReturn

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler


class LostUpload(UploadedFile):
    """A file that arrived and could not be kept. It has a name and a size; reading it raises what went wrong."""

    def __init__(self, reason: OSError, **told: Any) -> None:
        super().__init__(None, **told)
        self.reason = reason

    def read(self, *_: Any) -> NoReturn:
        raise self.reason

    def seek(self, *_: Any) -> NoReturn:
        raise self.reason

    def chunks(self, chunk_size: int | None = None) -> NoReturn:
        raise self.reason

    def close(self) -> None:
        """There is nothing to close."""


class TemporaryFiles(TemporaryFileUploadHandler):
    """Keeps large files on the disk until they are read. The other fields of the form arrive in any case.

    What the sender calls a file never becomes part of a name on the disk.
    """

    reason: OSError | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.reason = None
        try:
            self.file = TemporaryUploadedFile("arriving", self.content_type, 0, self.charset, self.content_type_extra)
            self.file.name = self.file_name
        except OSError as error:
            self.reason = error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self.reason is None:
            try:
                super().receive_data_chunk(raw_data, start)
            except OSError as error:
                self._lose(error)
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if self.reason is not None:
            return self._lost(self.reason, file_size)
        try:
            return super().file_complete(file_size)
        except OSError as error:
            self._lose(error)
            return self._lost(error, file_size)

    def _lost(self, reason: OSError, size: int) -> LostUpload:
        return LostUpload(reason, name=self.file_name, content_type=self.content_type, size=size)

    def _lose(self, error: OSError) -> None:
        """The file is deleted when it is closed; closing writes what is left, which fails once more."""
        self.reason = error
        with contextlib.suppress(OSError):
            self.file.close()
