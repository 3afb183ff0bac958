"""Why a file is not taken."""


class FileRefused(ValueError):
    """The file is not taken; the message says to a person why, and what to do."""
