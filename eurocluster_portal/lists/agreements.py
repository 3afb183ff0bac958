"""The list of grant agreements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications.models import Participation
from applications.states import PartnerRole
from eurocluster_portal.lists.facts import FactsForm, FactsList, Paths
from eurocluster_portal.lists.shape import AmongChoices, Choices, OneOfField
from eurocluster_portal.lists.table import Column, place_in
from eurocluster_portal.templatetags.portal import pill_of, status_pill
from vouchers.models import Claim, GrantAgreement
from vouchers.signing import open_parts
from vouchers.states import AgreementStatus, ClaimStatus

SOMETHING = "something"


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """`waits_for_you`: the reader may sign for one of the parties."""

    agreement: GrantAgreement
    partners: Sequence[Participation]
    waits_for_you: bool

    @property
    def url(self) -> str:
        return self.agreement.get_absolute_url()

    @property
    def lead(self) -> str:
        return next((one.organisation.legal_name for one in self.partners if one.role == PartnerRole.LEAD), "")

    @property
    def countries(self) -> str:
        return ", ".join(sorted({one.organisation.country for one in self.partners}))

    @property
    def signatures(self) -> str:
        """The Eurocluster signs too."""
        parties = {"signed": len(self.agreement.signatures.all()), "all": len(self.partners) + 1}
        return _now("%(signed)s of %(all)s") % parties

    @property
    def pill(self) -> SafeString:
        return status_pill("amber", _now("Yours to sign")) if self.waits_for_you else pill_of(self.agreement)


def _partners(row: AgreementRow) -> str:
    return "; ".join(f"{one.organisation.legal_name} ({one.organisation.country})" for one in row.partners)


COLUMNS: tuple[Column, ...] = (
    Column("number", _("Agreement"), lambda row: row.agreement.number, "link", "number"),
    Column(
        "reference", _("Application"), lambda row: row.agreement.application.reference, sort="application__reference"
    ),
    Column("acronym", _("Acronym"), lambda row: row.agreement.application.acronym, sort="application__acronym"),
    Column("title", _("Project"), lambda row: row.agreement.application.title, sort="application__title"),
    Column("call", _("Call"), lambda row: row.agreement.application.call.title, sort="application__call__title"),
    Column("lead", _("Lead"), lambda row: row.lead, sort="lead_name"),
    Column("organisations", _("Partners"), _partners),
    Column("countries", _("Countries"), lambda row: row.countries),
    Column("amount", _("Amount EUR"), lambda row: row.agreement.amount_eur, "eur", "amount_eur"),
    Column("signatures", _("Signatures"), lambda row: row.signatures),
    Column("prepared", _("Prepared (Brussels time)"), lambda row: row.agreement.prepared_at, "instant", "prepared_at"),
    Column(
        "signed",
        _("Signed by all (Brussels time)"),
        lambda row: row.agreement.signed_at,
        "instant",
        "signed_at",
        may_lack=True,
    ),
    Column(
        "status",
        _("Status"),
        lambda row: row.agreement.get_status_display(),
        "pill",
        "status",
        shown=lambda row: row.pill,
    ),
)


class AgreementForm(FactsForm):
    days = (_("Prepared from"), _("Prepared to"))

    status = AmongChoices(label=_("Status"), required=False, choices=AgreementStatus.choices)
    paid = OneOfField(label=_("Paid so far"), required=False)


class AgreementList(FactsList):
    table = COLUMNS
    newest_first = "-prepared"
    usual_columns = ("number", "title", "call", "lead", "amount", "signatures", "status")
    noun = _("Grant agreements")
    form_class = AgreementForm
    worked_out = {"status": place_in(AgreementStatus)}
    paths = Paths(
        call="application__call",
        country="application__participations__organisation__country",
        amount="amount_eur",
        instant="prepared_at",
        words=(
            "number",
            "application__reference",
            "application__title",
            "application__acronym",
            "application__participations__organisation__legal_name",
        ),
    )

    @property
    def filename(self) -> str:
        return "agreements"

    @staticmethod
    def words_for(number: int) -> str:
        return ngettext("%(n)s agreement", "%(n)s agreements", number) % {"n": number}

    @property
    def scope(self) -> QuerySet[GrantAgreement]:
        return GrantAgreement.objects.visible_to(self.user)

    @property
    def found(self) -> QuerySet[GrantAgreement]:
        rows = super().found
        if "paid" not in self.chosen:
            return rows
        paid = Claim.objects.filter(instalment__voucher__agreement=OuterRef("pk"), status=ClaimStatus.PAID)
        return rows.filter(Exists(paid) if self.chosen["paid"] == SOMETHING else ~Exists(paid))

    def with_related(self, rows: QuerySet[GrantAgreement]) -> QuerySet[GrantAgreement]:
        partners = Participation.objects.select_related("organisation").order_by("role", "pk")
        rows = rows.select_related("application__call")
        rows = rows.prefetch_related("signatures", Prefetch("application__participations", partners))
        if not self.sort.endswith("lead"):
            return rows
        leads = rows.filter(application__participations__role=PartnerRole.LEAD)
        return leads.annotate(lead_name=F("application__participations__organisation__legal_name"))

    def rows_of(self, agreements: Sequence[GrantAgreement]) -> list[AgreementRow]:
        return [self._row(one, list(one.application.participations.all())) for one in agreements]

    def _row(self, agreement: GrantAgreement, partners: list[Participation]) -> AgreementRow:
        parts = open_parts(self.user, agreement, [one.organisation_id for one in partners], agreement.signatures.all())
        return AgreementRow(agreement, partners, bool(parts))

    def _offered(self) -> dict[str, Choices]:
        return super()._offered() | {"paid": [(SOMETHING, _("Something")), ("nothing", _("Nothing yet"))]}
