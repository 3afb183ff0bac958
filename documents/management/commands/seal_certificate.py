"""The certificates that seal receipts: list, replace, distrust, keep those of before."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from documents import services as documents
from documents.certificates import SealUnusable, renew_development_identity
from documents.models import SealCertificate


class Command(BaseCommand):
    help = "The certificates that seal receipts. Without an action: which there are, in Brussels time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action")
        replace = actions.add_parser("replace", help="take the certificate into use that SEAL_CERTIFICATE names now")
        replace.add_argument("--new", action="store_true", help="make another one for development first")
        compromised = actions.add_parser("compromised", help="others may have had the key")
        compromised.add_argument("fingerprint", help="or its beginning")
        compromised.add_argument("--since", required=True, help="2026-03-02T09:30, Brussels time")
        for one in (replace, compromised):
            one.add_argument("--reason", required=True)
            one.add_argument("--by", required=True, metavar="EMAIL", help="whose account answers for it")
        actions.add_parser(
            "keep", help="keep the certificates of receipts that were sealed before certificates were kept"
        )

    def handle(self, *args: Any, action: str | None, **options: Any) -> None:
        try:
            {"replace": self._replace, "compromised": self._distrust, "keep": self._keep, None: self._list}[action](
                options
            )
        except SealUnusable as refusal:
            raise CommandError(f"{refusal}.") from refusal

    def _replace(self, options: dict[str, Any]) -> None:
        by, at = _person(options["by"]), timezone.now()
        self._keep(options)
        if options["new"]:
            _make_for_development(at)
        try:
            row = documents.replace_certificate(reason=options["reason"], by=by, at=at)
        except documents.NothingToReplace as same:
            raise CommandError(
                f"{same} is in use. Name another certificate in SEAL_CERTIFICATE and SEAL_KEY first, here and for the worker."
            ) from same
        self.stdout.write(f"In use from now on: {row}. Restart the workers if SEAL_CERTIFICATE changed.")

    def _distrust(self, options: dict[str, Any]) -> None:
        since, by = _instant(options["since"]), _person(options["by"])
        given = {"fingerprint": options["fingerprint"], "since": since, "reason": options["reason"]}
        try:
            row = documents.mark_compromised(**given, by=by, at=timezone.now())
        except documents.CertificateUnknown as unknown:
            raise CommandError(f"No certificate, or more than one, begins with {unknown}.") from unknown
        self.stdout.write(f"Not trusted since {_told(row.compromised_at)}: {row}.")
        if row.replaced_at is None:
            self.stdout.write("Nothing is sealed until another one is in use: manage.py seal_certificate replace.")

    def _keep(self, options: dict[str, Any]) -> None:
        for row in documents.keep_certificates_of_receipts(by=None, at=timezone.now()):
            self.stdout.write(f"Kept: {row}.")

    def _list(self, options: dict[str, Any]) -> None:
        for row in SealCertificate.objects.order_by("used_at", "pk"):
            until = f"replaced {_told(row.replaced_at)} ({row.replaced_because})" if row.replaced_at else "in use"
            distrust = f", not trusted since {_told(row.compromised_at)}" if row.compromised_at else ""
            self.stdout.write(f"{row.fingerprint}  since {_told(row.used_at)}, {until}{distrust}  {row.name}")


def _told(instant: datetime | None) -> str:
    """Brussels time."""
    return f"{timezone.localtime(instant):%Y-%m-%d %H:%M}"


def _make_for_development(at: datetime) -> None:
    if settings.SEAL_CERTIFICATE:
        raise CommandError("--new is for a portal without SEAL_CERTIFICATE, which makes its own.")
    renew_development_identity(Path(settings.VAR_DIR), at)


def _person(email: str) -> Any:
    person = get_user_model().objects.filter(email__iexact=email, is_active=True).first()
    if person is None:
        raise CommandError(f"Nobody has an account with {email}.")
    return person


def _instant(typed: str) -> datetime:
    try:
        found = parse_datetime(typed)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"{typed} is no instant; write 2026-03-02T09:30.")
    return found if timezone.is_aware(found) else timezone.make_aware(found)
