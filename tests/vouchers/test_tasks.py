"""What the worker makes: the agreement as PDF and the bank file, once, whatever is repeated or killed."""

from decimal import Decimal
from io import BytesIO

import pytest
from lxml import etree
from pypdf import PdfReader
from sepaxml.validation import try_valid_xml

from documents import services as documents
from documents.models import Document
from notifications.relay import run_due_jobs
from tests.factories import vouchers as make
from vouchers import services, tasks
from vouchers.models import GrantAgreement
from vouchers.sepa import NAMESPACE, SCHEMA
from vouchers.states import AgreementStatus

WORDS = [
    "Co-funded by the European Union",
    "Views and opinions expressed are those of the authors only",
    "Nordfurn SRL",
    "Legno Digitale S.r.l.",
    "RE-CENTRE",
    "From workshop waste to acoustic panels",
    "lump sum of at most €52,000.01",
    "Nordfurn SRL €15,000.00 €15,000.00 €30,000.00",
    "Legno Digitale S.r.l. €11,000.01 €11,000.00 €22,000.01",
    "All beneficiaries €26,000.01 €26,000.00 €52,000.01",
    "It lasts 10 months.",
    "OLAF",
    "EPPO",
    "European Court of Auditors",
    "courts of Treviso",
    "the law of Italy",
    "Annex I – Project",
    "eleven tonnes of beech off-cuts",
    "Circular products from waste raw materials",
    "Annex II – Budget",
    "Subcontracting €6,000.00",
    "Annex III – Declarations on honour",
    "Annex IV – Bank accounts",
    "RO49 AAAA 1B31 0075 9384 0000",
    "To be signed electronically on the Portal by Ana Pop",
]


def rendered(agreement):
    tasks.render_agreement({"agreement": agreement.pk}, at=make.AT)
    return GrantAgreement.objects.select_related("document").get(pk=agreement.pk)


def text_of(document):
    pages = PdfReader(BytesIO(documents.read_bytes(document))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def agreement_text(scene):
    agreement = make.prepared(scene, "30000.00", "22000.01")
    lead = agreement.application.participations.get(role="lead")
    services.record_bank_account(
        organisation_id=lead.organisation_id,
        holder="Nordfurn SRL",
        iban=make.IBANS[0],
        bic="",
        by=make.people_of(agreement)[0],
        at=make.AT,
    )
    return text_of(rendered(agreement).document)


def test_the_agreement_says_what_it_must(agreement_text):
    assert [words for words in WORDS if words not in agreement_text] == []


def test_the_agreement_names_the_sealed_version(scene):
    agreement = make.prepared(scene)
    text = text_of(rendered(agreement).document)
    assert agreement.application.submissions.get().sha256 in text.replace(" ", "")


@pytest.mark.parametrize(
    ("kind", "words"),
    [("cost_rate", "reimburses 50 % of the eligible costs"), ("fixed_voucher", "voucher of a fixed value of €250.00")],
)
def test_the_form_of_the_grant_follows_the_call(scene, kind, words):
    scene.call.support_kind, scene.call.funding_rate = kind, Decimal("0.5")
    scene.call.save()
    agreement = make.prepared(scene, "250.00")
    assert words in text_of(rendered(agreement).document).replace("\xa0", " ")


def test_rendering_twice_keeps_the_first_file(scene, told):
    first = rendered(make.prepared(scene))
    again = rendered(first)
    assert first.status == again.status == AgreementStatus.READY
    assert first.document.sha256 == again.document.sha256
    assert Document.objects.filter(kind="agreement").count() == 1
    assert len(told("agreement_ready")) == 3


def test_a_worker_killed_between_file_and_mark_is_made_good(scene, told):
    agreement = make.prepared(scene)
    documents.fill_with_bytes(document_id=agreement.document_id, content=make.PDF, at=make.AT)
    agreement = rendered(agreement)
    assert agreement.status == AgreementStatus.READY
    assert documents.read_bytes(agreement.document) == make.PDF
    assert len(told("agreement_ready")) == 3


def test_the_outbox_makes_the_agreement(scene):
    agreement = make.prepared(scene)
    run_due_jobs(at=make.AT)
    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.READY


def test_what_applicants_typed_stays_text(scene):
    agreement = make.prepared(scene, title="<script>alert(1)</script> & <img src=file:///etc/passwd>")
    html = tasks.agreement_html(GrantAgreement.objects.get(pk=agreement.pk))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<img src=file" not in html


def test_the_bank_file_meets_its_schema_and_names_every_payment(scene):
    batch = make.released(scene, "30000.00", "22000.01")
    tasks.write_bank_file({"batch": batch.pk}, at=make.AT)
    batch.document.refresh_from_db()
    content = documents.read_bytes(batch.document)
    try_valid_xml(content, SCHEMA)
    root = etree.fromstring(content)
    names = {"p": NAMESPACE}
    assert root.xpath("string(//p:GrpHdr/p:MsgId)", namespaces=names) == batch.number
    assert root.xpath("string(//p:GrpHdr/p:CtrlSum)", namespaces=names) == "26000.01"
    assert root.xpath("//p:InstdAmt/text()", namespaces=names) == ["15000.00", "11000.01"]
    assert root.xpath("//p:CdtrAcct//p:IBAN/text()", namespaces=names) == make.IBANS[:2]
    assert root.xpath("//p:Cdtr//p:TwnNm/text()", namespaces=names) == ["Cluj-Napoca", "Treviso"]


def test_a_stored_bank_file_is_never_written_again(scene):
    batch = make.released(scene)
    tasks.write_bank_file({"batch": batch.pk}, at=make.AT)
    batch.document.refresh_from_db()
    first = documents.read_bytes(batch.document)
    batch.eurocluster.payer_street = "Elsewhere 2"
    batch.eurocluster.save()
    tasks.write_bank_file({"batch": batch.pk}, at=make.AT)
    batch.document.refresh_from_db()
    assert documents.read_bytes(batch.document) == first
