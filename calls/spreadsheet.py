"""Lists as CSV and XLSX that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from calls.phases import BRUSSELS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_EUROS = "#,##0.00"
_INSTANT = "yyyy-mm-dd hh:mm"
_DAY = "yyyy-mm-dd"

Rows = Iterable[Sequence[Any]]


def safe_text(value: Any) -> str:
    """A text that a spreadsheet would take for a formula gets a leading quote."""
    text = str(value)
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_STARTS_A_FORMULA) else text


# --- CSV --------------------------------------------------------------------------------------


def safe_cell(value: Any) -> str:
    """A value as a cell of a CSV file: figures stay figures, instants are Brussels time."""
    if value is None:
        return ""
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(BRUSSELS).strftime("%Y-%m-%d %H:%M")
    return safe_text(value)


def csv_response(*, filename: str, heads: Sequence[Any], rows: Rows) -> HttpResponse:
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    _as_download(response, filename)
    writer = csv.writer(response)
    writer.writerow([safe_cell(head) for head in heads])
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return response


# --- XLSX -------------------------------------------------------------------------------------


def xlsx_response(*, filename: str, sheets: Mapping[str, Rows]) -> HttpResponse:
    """One sheet per title; the first row of each is its head."""
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append([_xlsx_cell(sheet, value) for value in row])
    kept = io.BytesIO()
    book.save(kept)
    response = HttpResponse(kept.getvalue(), content_type=XLSX)
    _as_download(response, filename)
    return response


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, Decimal):
        return _formatted(sheet, value, _EUROS)
    if isinstance(value, datetime):
        return _formatted(sheet, value.astimezone(BRUSSELS).replace(tzinfo=None), _INSTANT)
    if isinstance(value, date):
        return _formatted(sheet, value, _DAY)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", safe_text(value)))
    cell.data_type = "s"  # whatever it looks like, it is text
    return cell


def _formatted(sheet: Any, value: Any, number_format: str) -> Any:
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = number_format
    return cell


def _as_download(response: HttpResponse, filename: str) -> None:
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
