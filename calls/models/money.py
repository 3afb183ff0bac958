"""Budget lines, the ledger that explains them, and transfers between them."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from calls.models.columns import ZERO, eur_field
from calls.models.euroclusters import Eurocluster
from calls.querysets import BudgetTransferQuerySet
from calls.states import Bucket, Strand, TransferStatus


class BudgetLine(models.Model):
    """A part of a Eurocluster's money for third parties.

    The five counters always add up to what was allocated. Only `calls.services.ledger` writes them, each time together
    with the ledger entry that explains the movement.
    """

    eurocluster = models.ForeignKey(Eurocluster, on_delete=models.PROTECT, related_name="budget_lines")
    code = models.SlugField(_("code"))
    title = models.CharField(_("title"), max_length=150)
    strand = models.CharField(_("strand"), max_length=20, choices=Strand)
    allocated_eur = eur_field(_("allocated"), default=ZERO)
    available_eur = eur_field(_("available"), default=ZERO)
    reserved_eur = eur_field(_("reserved"), default=ZERO)
    committed_eur = eur_field(_("committed"), default=ZERO)
    paid_eur = eur_field(_("paid"), default=ZERO)
    recovered_eur = eur_field(_("recovered"), default=ZERO)

    class Meta:
        ordering = ["eurocluster", "code"]
        verbose_name = _("budget line")
        constraints = [
            models.UniqueConstraint(
                fields=["eurocluster", "code"], name="a_budget_line_code_is_unique_in_a_eurocluster"
            ),
            models.CheckConstraint(
                condition=Q(available_eur__gte=0)
                & Q(reserved_eur__gte=0)
                & Q(committed_eur__gte=0)
                & Q(paid_eur__gte=0)
                & Q(recovered_eur__gte=0),
                name="a_budget_line_is_never_overspent",
            ),
            models.CheckConstraint(
                condition=Q(
                    allocated_eur=F("available_eur")
                    + F("reserved_eur")
                    + F("committed_eur")
                    + F("paid_eur")
                    + F("recovered_eur")
                ),
                name="a_budget_line_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class LedgerEntry(models.Model):
    """One movement of money between two buckets of a line. Append-only, by trigger."""

    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="entries")
    source = models.CharField(_("from"), max_length=10, choices=Bucket)
    target = models.CharField(_("to"), max_length=10, choices=Bucket)
    amount_eur = eur_field(_("amount"))
    key = models.CharField(_("key"), max_length=120, unique=True)
    cause_label = models.CharField(_("kind of cause"), max_length=60)
    cause_id = models.CharField(_("cause"), max_length=40)
    memo = models.CharField(_("memo"), max_length=250)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [models.Index(fields=["cause_label", "cause_id"], name="ledger_entry_by_cause")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="a_ledger_entry_moves_a_positive_amount"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="a_ledger_entry_moves_between_two_buckets"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}: {self.amount_eur} EUR"


class BudgetTransfer(models.Model):
    """Money moved between the lines of a Eurocluster and its grant: proposed by one person, approved by a second.

    Without `source` the grant raises a line, without `target` a line gives back to the grant. `is_from_recovered` takes
    what beneficiaries paid back, also to be spent again on the same line.
    """

    source = models.ForeignKey(
        BudgetLine, on_delete=models.PROTECT, related_name="transfers_out", null=True, blank=True
    )
    target = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="transfers_in", null=True, blank=True)
    is_from_recovered = models.BooleanField(_("of recovered money"), default=False)
    amount_eur = eur_field(_("amount"))
    reason = models.CharField(_("reason"), max_length=250)
    status = models.CharField(_("status"), max_length=10, choices=TransferStatus, default=TransferStatus.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = BudgetTransferQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        verbose_name = _("budget transfer")
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="a_transfer_moves_a_positive_amount"),
            models.CheckConstraint(
                condition=Q(source__isnull=False, is_from_recovered=True)
                | Q(source__isnull=True, target__isnull=False, is_from_recovered=False)
                | Q(source__isnull=False, target__isnull=True, is_from_recovered=False)
                | (Q(source__isnull=False, target__isnull=False, is_from_recovered=False) & ~Q(source=F("target"))),
                name="a_transfer_moves_between_two_places",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")) | Q(status="withdrawn"),
                name="nobody_approves_their_own_transfer",
            ),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status="proposed") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="a_decided_transfer_names_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id or 'grant'} → {self.target_id or 'grant'}: {self.amount_eur} EUR"

    @property
    def eurocluster(self) -> Eurocluster:
        """Needs the lines at hand."""
        return (self.source or self.target).eurocluster  # type: ignore[union-attr]

    @property
    def source_title(self) -> str:
        """Where the money comes from, in words; needs the lines at hand."""
        if self.source is None:
            return _now("the grant")
        title = self.source.title
        return _now("money recovered on %(line)s") % {"line": title} if self.is_from_recovered else title

    @property
    def target_title(self) -> str:
        return self.target.title if self.target else _now("the grant")

    @property
    def left_eur(self) -> Decimal | None:
        """What the place it comes from holds now; `None` for the grant, which the portal does not count."""
        if self.source is None:
            return None
        return self.source.recovered_eur if self.is_from_recovered else self.source.available_eur
