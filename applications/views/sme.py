"""The SME test: an interview, the group, the result, and declaring it.

What is answered and typed on the way waits in the session, for each organisation; nothing counts before it is declared.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from applications import rules, services
from applications.forms.sme import (
    AnswerForm,
    DeclareForm,
    GroupForms,
    no_rows,
    rows_from,
    rows_of,
    with_row,
    without_row,
)
from applications.models import Organisation
from applications.sizes import case_of, newest_declaration, own_enterprise
from applications.sme import GroupError, group_of
from applications.sme.interview import (
    answers_from,
    asked,
    features,
    needs_group,
    needs_others,
    next_open,
)
from applications.sme.picture import DESK, PHONE, picture_of
from applications.sme.result import digest_of, result_of
from documents.responses import attachment

SESSION_KEY = "sme_test"


def _own(request, pk):
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    if not rules.can_edit_organisation(request.user, organisation):
        raise PermissionDenied
    return organisation


class SmeTest:
    """What waits in the session for one organisation."""

    def __init__(self, request, organisation):
        self.session, self.organisation = request.session, organisation
        kept = self.session.get(SESSION_KEY, {}).get(str(organisation.pk))
        self.is_begun = kept is not None
        self.kept = kept or {}
        self.answers = answers_from(self.kept.get("answers"))
        self.rows = self.kept.get("rows") or no_rows()
        self.has_earlier = len(own_enterprise(organisation).get("periods", ())) > 0
        self.features = features(self.answers, has_earlier=self.has_earlier)

    def keep(self, **changes):
        self.kept = self.kept | changes
        self.session[SESSION_KEY] = self.session.get(SESSION_KEY, {}) | {str(self.organisation.pk): self.kept}

    def forget(self):
        kept = dict(self.session.get(SESSION_KEY, {}))
        kept.pop(str(self.organisation.pk), None)
        self.session[SESSION_KEY] = kept

    @property
    def next_question(self):
        return next_open(self.answers, has_earlier=self.has_earlier)

    def next_url(self):
        """The first question that is open, then the group where there is one, then the result."""
        if question := self.next_question:
            return reverse("sme_question", args=[self.organisation.pk, question.code])
        name = "sme_group" if needs_group(self.features) else "sme_result"
        return reverse(name, args=[self.organisation.pk])

    def forms(self, *, is_checked):
        return GroupForms(self.rows, name=self.organisation.legal_name, features=self.features, is_checked=is_checked)

    def surroundings(self):
        """What was told of the group; `None` while it cannot be read."""
        if not needs_group(self.features):
            return {"ownership_changed": "new_owner" in self.features, "answers": self.answers}
        forms = self.forms(is_checked=True)
        return forms.surroundings(self.answers) if forms.is_valid() else None


@login_required
@require_safe
def sme_overview(request, pk):
    organisation = _own(request, pk)
    declarations = list(organisation.sme_declarations.select_related("declared_by", "document"))
    newest = declarations[0] if declarations else None
    context = {
        "organisation": organisation,
        "declarations": declarations,
        "newest": newest,
        "is_outdated": newest is not None and newest.group != case_of(organisation, newest.group),
        "test": SmeTest(request, organisation),
        **(_shown(newest.result) if newest else {}),
    }
    return render(request, "applications/sme_overview.html", context)


def _shown(result):
    has_group = len(result["members"]) > 1
    return {"result": result, "pictures": [picture_of(result, paper) for paper in (DESK, PHONE)] if has_group else []}


@login_required
@require_POST
def sme_begin(request, pk):
    """Begin anew, or from what was declared before."""
    organisation = _own(request, pk)
    test = SmeTest(request, organisation)
    newest = newest_declaration(organisation)
    if newest and request.POST.get("from") == "declaration":
        test.keep(answers=answers_from(newest.group.get("answers")), rows=rows_of(newest.group))
    else:
        test.keep(answers={}, rows=no_rows(), is_offered=False)
    return redirect(SmeTest(request, organisation).next_url())


@login_required
def sme_question(request, pk, code):
    organisation = _own(request, pk)
    test = SmeTest(request, organisation)
    questions = asked(test.answers, has_earlier=test.has_earlier)
    question = next((one for one in questions if one.code == code), None)
    if question is None:
        raise Http404
    given = test.answers.get(code)
    initial = {} if given is None else {"answer": "yes" if given else "no"}
    form = AnswerForm(request.POST if request.method == "POST" else None, question=question, initial=initial)
    if request.method == "POST" and form.is_valid():
        answers = test.answers | {code: form.cleaned_data["answer"]}
        test.keep(answers=answers, is_offered=False)
        return redirect(SmeTest(request, organisation).next_url())
    place = questions.index(question)
    context = {
        "organisation": organisation,
        "form": form,
        "question": question,
        "number": place + 1,
        "previous": questions[place - 1] if place else None,
        "answered": [(one, test.answers[one.code]) for one in questions[:place] if one.code in test.answers],
    }
    return render(request, "applications/sme_question.html", context)


@login_required
def sme_group(request, pk):
    organisation = _own(request, pk)
    test = SmeTest(request, organisation)
    if test.next_question or not needs_group(test.features):
        return redirect(test.next_url() if test.is_begun else reverse("sme_overview", args=[pk]))
    if request.method == "POST":
        return _group_posted(request, test)
    _offer_rows(test)
    return _group_page(request, test, test.forms(is_checked=False))


def _offer_rows(test):
    """Where the group is empty yet, a first row for each answer that needs one."""
    if test.kept.get("is_offered") or len(test.rows["enterprises"]) > 1 or not needs_others(test.features):
        return
    rows = test.rows
    for code, kind in (("owners", "owner"), ("holdings", "held")):
        if code in test.features:
            rows, _place = with_row(rows, kind)
    if "links" in test.features:
        rows, _place = with_row(rows, "enterprise")
        rows, _place = with_row(rows, "link")
        rows["links"][-1]["other"] = rows["enterprises"][-1]["code"]
    test.rows = rows
    test.keep(rows=rows, is_offered=True)


def _group_posted(request, test):
    """Whatever is pressed, what was typed is kept first."""
    typed = rows_from(request.POST)
    test.rows = typed if typed["enterprises"] else no_rows()
    does, *rest = request.POST.get("do", "").split(":")
    here = reverse("sme_group", args=[test.organisation.pk])
    if does == "add" and rest:
        rows, place = with_row(test.rows, rest[0])
        test.keep(rows=rows)
        return redirect(f"{here}#{place}")
    if does == "remove" and len(rest) == 2 and rest[1].isdecimal():
        test.keep(rows=without_row(test.rows, rest[0], int(rest[1])))
        return redirect(f"{here}#{rest[0]}")
    test.keep(rows=test.rows)
    return _group_checked(request, test)


def _group_checked(request, test):
    forms = test.forms(is_checked=True)
    if not forms.is_valid():
        return _group_page(request, test, forms)
    try:
        result = result_of(case_of(test.organisation, forms.surroundings(test.answers)))
    except GroupError as error:
        forms.applicant.add_error(None, str(error))
        return _group_page(request, test, forms)
    if result["category"] is None and forms.ask_for_missing(result):
        return _group_page(request, test, forms)
    return redirect("sme_result", test.organisation.pk)


def _group_page(request, test, forms):
    context = {
        "organisation": test.organisation,
        "forms": forms,
        "own": own_enterprise(test.organisation),
        "features": test.features,
        "has_others": needs_others(test.features),
        "has_errors": any(form.errors for form in forms.all if form.is_bound),
        "questions": asked(test.answers, has_earlier=test.has_earlier),
    }
    return render(request, "applications/sme_group.html", context)


@login_required
def sme_result(request, pk):
    organisation = _own(request, pk)
    test = SmeTest(request, organisation)
    if not test.is_begun or test.next_question:
        return redirect("sme_overview", pk)
    surroundings = test.surroundings()
    if surroundings is None or not _is_readable(organisation, surroundings):
        return redirect("sme_group", pk)
    if request.method == "POST":
        return _declared(request, test, surroundings)
    return _result_page(request, test, surroundings)


def _is_readable(organisation, surroundings):
    try:
        group_of(case_of(organisation, surroundings))
    except GroupError:
        return False
    return True


def _result_page(request, test, surroundings, form=None):
    case = case_of(test.organisation, surroundings)
    context = {
        "organisation": test.organisation,
        "form": form or DeclareForm(initial={"digest": digest_of(case)}),
        "questions": asked(test.answers, has_earlier=test.has_earlier),
        "has_group": needs_group(test.features),
        **_shown(result_of(case)),
    }
    return render(request, "applications/sme_result.html", context)


def _declared(request, test, surroundings):
    form = DeclareForm(request.POST)
    if not form.is_valid():
        return _result_page(request, test, surroundings, form)
    try:
        declaration = services.declare_sme(
            organisation_id=test.organisation.pk,
            surroundings=surroundings,
            by=request.user,
            at=request.received_at,
            digest=form.cleaned_data["digest"],
        )
    except services.SizeChanged:
        messages.warning(request, _("The description changed in the meantime. Read the result again."))
        return redirect("sme_result", test.organisation.pk)
    except services.SizeUnclear:
        return redirect("sme_result", test.organisation.pk)
    test.forget()
    messages.success(
        request, _("Declaration %(number)s is kept. Its PDF is being prepared.") % {"number": declaration.number}
    )
    return redirect("sme_overview", test.organisation.pk)


@login_required
@require_safe
def sme_declaration_download(request, pk, number):
    organisation = _own(request, pk)
    declaration = get_object_or_404(organisation.sme_declarations.select_related("document"), number=number)
    if declaration.document is None or not declaration.document.is_ready:
        messages.info(request, _("The declaration is being prepared. Please try again in a moment."))
        return redirect("sme_overview", pk)
    return attachment(declaration.document)
