"""Calls as files: a call written down, and a draft made from what was written."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from calls.call_file import APART, GROUPS, TABLES, CallFile, CallFileError, Problem
from calls.form_definition import FormDefinition
from calls.models import BudgetLine, Call, CountryList, Eurocluster, Sector
from calls.phases import BRUSSELS, brussels_instant
from calls.services.calls import create_call

if TYPE_CHECKING:
    from accounts.models import User

SETTINGS = [setting.name for table in GROUPS.values() for setting in table if setting.name not in APART]


#: Lists of rows by their names in the file, where a call calls them otherwise.
RELATED = {"instalments": "instalment_rules"}


def file_of(call: Call) -> CallFile:
    """The call as a file can hold it, with the newest version of its questions."""
    form = call.forms.in_force().first()
    return CallFile(
        settings={name: _with_plain_lines(getattr(call, name)) for name in SETTINGS},
        budget_line=call.budget_line.code,
        opens=_wall(call.opens_at),
        closes=_wall(call.closes_at),
        cut_offs=tuple(_wall(row.closes_at) for row in call.cut_offs.all()),
        sectors=tuple(sorted(sector.code for sector in call.sectors.all())),
        country_list=call.country_list.code if call.country_list else None,
        form=form.parsed() if form else FormDefinition(()),
        **{table.name: _rows(call, table.name, [one.name for one in table.columns]) for table in TABLES},
    )


def _rows(call: Call, name: str, columns: list[str]) -> tuple[dict[str, Any], ...]:
    rows = getattr(call, RELATED.get(name, name)).all()
    return tuple({column: getattr(row, column) for column in columns} for row in rows)


def _wall(at: datetime) -> datetime:
    return at.astimezone(BRUSSELS).replace(tzinfo=None, fold=0)


def _with_plain_lines(value: object) -> object:
    """Browsers send carriage returns; a file for people has none."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


@transaction.atomic
def import_call(
    *,
    eurocluster: Eurocluster,
    budget_line: BudgetLine,
    call_file: CallFile,
    code: str,
    opens_at: datetime,
    closes_at: datetime,
    by: User | None,
    at: datetime,
) -> Call:
    """Create a draft with everything that a file says of a call; its line, address and window are the caller's.

    Cut-offs of the file that lie outside this window belong to another edition and stay behind.

    Raises:
        CallFileError: the file names sectors or a list of countries that the portal does not know.
    """
    window = {"opens_at": opens_at, "closes_at": closes_at}
    place = {"eurocluster": eurocluster, "budget_line": budget_line, "code": code}
    return create_call(
        fields={**call_file.settings, **place, **window, "country_list": _country_list(call_file)},
        sectors=_sectors(call_file),
        form=call_file.form,
        cut_offs=[{"closes_at": cut_off} for cut_off in cut_offs_of(call_file) if opens_at < cut_off < closes_at],
        **{table.name: getattr(call_file, table.name) for table in TABLES},
        by=by,
        at=at,
    )


def cut_offs_of(call_file: CallFile) -> list[datetime]:
    return [brussels_instant(wall.date(), wall.time()) for wall in call_file.cut_offs]


def _country_list(call_file: CallFile) -> CountryList | None:
    code = call_file.country_list
    if code is None:
        return None
    found = CountryList.objects.filter(code=code).first()
    if found is None:
        words = _("the portal does not know: %(codes)s.") % {"codes": code}
        raise CallFileError([Problem("applicants.list_of_countries", 1, words)])
    return found


def _sectors(call_file: CallFile) -> list[Sector]:
    found = list(Sector.objects.filter(code__in=call_file.sectors))
    if unknown := sorted(set(call_file.sectors) - {sector.code for sector in found}):
        words = _("the portal does not know: %(codes)s.") % {"codes": ", ".join(unknown)}
        raise CallFileError([Problem("applicants.sectors", 1, words)])
    return found
