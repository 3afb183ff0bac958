"""A call that comes as a file: checking it, and what the form of a call takes over from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from calls.call_file import TABLES, CallFile, CallFileError, parse_call_file
from calls.forms.call_initial import cut_off_initial, free_code
from calls.models import Call, CountryList, Eurocluster, Sector
from calls.phases import BRUSSELS
from calls.yaml_tree import MAX_BYTES

SHOWN_PROBLEMS = 30


class CallFileForm(forms.Form):
    """A file, or its text: what a refused file holds is shown there, to be mended on the spot."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("A .yaml file of at most 200 kB, such as “Download as file” gives you on the page of a call."),
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml"}),
    )
    text = forms.CharField(
        label=_("Text of the file"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "font-monospace"}),
    )

    def clean(self) -> dict[str, Any]:
        if self.errors:
            return self.cleaned_data
        content = self._content()
        if not content:
            self.add_error("file", _("Choose a file or paste its text."))
            return self.cleaned_data
        try:
            parse_call_file(content, sectors=_codes(Sector), country_lists=_codes(CountryList))
        except CallFileError as error:
            self.add_error("text", _words_of(error))
        else:
            self.cleaned_data["text"] = content.decode("utf-8-sig")
        return self.cleaned_data

    def _content(self) -> bytes:
        uploaded: UploadedFile | None = self.cleaned_data.get("file")
        if uploaded is None:
            return self.cleaned_data.get("text", "").encode()
        content = uploaded.read(MAX_BYTES + 1)
        if len(content) <= MAX_BYTES:
            self.data = {**self.data.dict(), "text": content.decode("utf-8-sig", "replace")}  # type: ignore[attr-defined]
        return content


def _codes(model: type[Sector] | type[CountryList]) -> set[str]:
    return set(model.objects.values_list("code", flat=True))


def _words_of(error: CallFileError) -> list[str]:
    words = [str(problem) for problem in error.problems[:SHOWN_PROBLEMS]]
    more = len(error.problems) - SHOWN_PROBLEMS
    if more > 0:
        words.append(ngettext("%(more)s more problem", "%(more)s more problems", more) % {"more": more})
    return words


def initial_of_file(text: str, *, eurocluster: Eurocluster, at: datetime, window: Mapping[str, Any]) -> dict[str, Any]:
    """What the form starts with; a file that is refused gives only itself, and the form says why."""
    try:
        call_file = parse_call_file(text)
    except CallFileError:
        return {**window, "call_file": text}
    line = eurocluster.budget_lines.filter(code=call_file.budget_line).first() if call_file.budget_line else None
    own_window = _window_of(call_file, at)
    country_list = CountryList.objects.filter(code=call_file.country_list).first()
    return {
        **call_file.settings,
        **(own_window or window),
        "country_list": country_list.pk if country_list else None,
        "code": _code_of(call_file, at),
        "budget_line": line.pk if line else None,
        "sectors": list(Sector.objects.filter(code__in=call_file.sectors).values_list("pk", flat=True)),
        "tie_breaks": ",".join(call_file.settings["tie_breaks"]),
        **{table.name: list(getattr(call_file, table.name)) for table in TABLES},
        "cut_offs": [cut_off_initial(wall) for wall in call_file.cut_offs] if own_window else None,
        "call_file": text,
    }


def _window_of(call_file: CallFile, at: datetime) -> dict[str, Any] | None:
    """The window of the file while it still lies ahead; past dates belong to an earlier edition."""
    opens, closes = call_file.opens, call_file.closes
    if opens is None or closes is None or opens <= at.astimezone(BRUSSELS).replace(tzinfo=None):
        return None
    return {
        "opens_on": opens.date(),
        "opens_time": opens.time(),
        "closes_on": closes.date(),
        "closes_time": closes.time(),
    }


def _code_of(call_file: CallFile, at: datetime) -> str:
    """The address in the file if it names one edition and is free, else the address of the next edition."""
    code: str = call_file.settings["code"].lower()
    if call_file.opens and not Call.objects.filter(code=code).exists():
        return code
    return free_code(code, at)
