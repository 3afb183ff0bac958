"""What an uploaded file really is, told by its content and never by its name or by what the browser says."""

from documents.checking.names import clean_name
from documents.checking.refusal import FileRefused
from documents.checking.types import TYPES, CheckedFile, FileType, check_content, type_words

__all__ = ["TYPES", "CheckedFile", "FileRefused", "FileType", "check_content", "clean_name", "type_words"]
