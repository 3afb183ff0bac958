"""Calls as files: a call written down, and a draft made from what was written."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from calls.call_file import APART, CRITERION, GROUPS, INSTALMENT, CallFile, CallFileError, Problem
from calls.form_definition import FormDefinition
from calls.models import BudgetLine, Call, Eurocluster, Sector
from calls.phases import BRUSSELS
from calls.services.calls import create_call

if TYPE_CHECKING:
    from accounts.models import User

SETTINGS = [setting.name for table in GROUPS.values() for setting in table if setting.name not in APART]


def file_of(call: Call) -> CallFile:
    """The call as a file can hold it, with the newest version of its questions."""
    form = call.forms.first()
    return CallFile(
        settings={name: _with_plain_lines(getattr(call, name)) for name in SETTINGS},
        budget_line=call.budget_line.code,
        opens=_wall(call.opens_at),
        closes=_wall(call.closes_at),
        sectors=tuple(sorted(sector.code for sector in call.sectors.all())),
        criteria=tuple({one.name: getattr(row, one.name) for one in CRITERION} for row in call.criteria.all()),
        instalments=tuple(
            {one.name: getattr(row, one.name) for one in INSTALMENT} for row in call.instalment_rules.all()
        ),
        form=form.parsed() if form else FormDefinition(()),
    )


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

    Raises:
        CallFileError: the file names sectors that the portal does not know.
    """
    window = {"opens_at": opens_at, "closes_at": closes_at}
    place = {"eurocluster": eurocluster, "budget_line": budget_line, "code": code}
    return create_call(
        fields={**call_file.settings, **place, **window},
        sectors=_sectors(call_file),
        criteria=call_file.criteria,
        instalments=call_file.instalments,
        form=call_file.form,
        by=by,
        at=at,
    )


def _sectors(call_file: CallFile) -> list[Sector]:
    found = list(Sector.objects.filter(code__in=call_file.sectors))
    if unknown := sorted(set(call_file.sectors) - {sector.code for sector in found}):
        words = _("the portal does not know: %(codes)s.") % {"codes": ", ".join(unknown)}
        raise CallFileError([Problem("applicants.sectors", 1, words)])
    return found
