"""A template of ours that names an undefined variable fails its test, instead of printing nothing."""

import sys
from types import FrameType
from typing import NoReturn

from django.conf import settings
from django.template.base import FilterExpression, Node


class UndefinedVariable(Exception):
    pass


class Undefined(str):
    """What Django takes for an undefined variable (`string_if_invalid`): an error in our templates, empty in others'.

    Django asks `if string_if_invalid`, then `"%s" in string_if_invalid`, then formats it with the variable's name.
    `{{ x|default:"…" }}` says that x may be undefined.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        caller = sys._getframe(1)
        expression = caller.f_locals.get("self")
        if not isinstance(expression, FilterExpression):
            return False
        has_default = bool(expression.filters) and expression.filters[0][0].__name__ == "default"
        return not has_default and is_ours(caller)

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, variable: object) -> NoReturn:  # type: ignore[override]
        raise UndefinedVariable(f"{variable} is undefined in {template_of(sys._getframe(1))}")


def template_of(frame: FrameType | None) -> str:
    """The file of the template whose node is being rendered."""
    while frame:
        node = frame.f_locals.get("self")
        origin = getattr(node, "origin", None) if isinstance(node, Node) else None
        if origin:
            return str(origin.name)
        frame = frame.f_back
    return ""


def is_ours(frame: FrameType) -> bool:
    name = template_of(frame)
    return name.startswith(str(settings.BASE_DIR)) and "site-packages" not in name
