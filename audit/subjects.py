"""How the ground floor names things it must not know: a pair (label, id)."""

from typing import TypeAlias

from django.db.models import Model

Subject: TypeAlias = Model | tuple[str, str]


def label_of(subject: Subject) -> str:
    """The label of a thing's kind, for example `applications.application`."""
    return subject._meta.label_lower if isinstance(subject, Model) else subject[0]


def id_of(subject: Subject) -> str:
    """The id of a thing as text.

    Raises:
        ValueError: the thing has not been saved yet, so nothing could find it again.
    """
    identity = subject.pk if isinstance(subject, Model) else subject[1]
    if identity in (None, ""):
        raise ValueError(f"{label_of(subject)} has no id yet")
    return str(identity)
