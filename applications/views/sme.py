"""The SME test: an interview, the group, the result, and declaring it.

What is answered and typed on the way is kept for the organisation and everybody who acts for it; nothing counts before it
is declared. Each page names the version it was read at, so that nobody overwrites a colleague.
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
    MOST,
    AnswerForm,
    DeclareForm,
    no_rows,
    rows_from,
    rows_of,
    title_of,
    titles_of,
    told_of,
    typed_of,
    with_row,
    with_unshown,
    without_row,
)
from applications.models import Organisation
from applications.services.sme_drafts import SmeDraftMoved, keep_sme_draft
from applications.sizes import case_of, newest_declaration, own_enterprise
from applications.sme import GroupError, group_of
from applications.sme.interview import answers_from, asked, needs_group, needs_others
from applications.sme.merging import MINE, THEIRS, merge
from applications.sme.picture import DESK, PHONE, picture_of
from applications.sme.result import digest_of, result_of
from applications.sme_test import SmeTest
from documents.responses import download


def _own(request, pk):
    organisation = get_object_or_404(Organisation.objects.visible_to(request.user), pk=pk)
    if not rules.can_edit_organisation(request.user, organisation):
        raise PermissionDenied
    return organisation


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
        "test": SmeTest(organisation),
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
    newest = newest_declaration(organisation)
    if newest and request.POST.get("from") == "declaration":
        typed = {"answers": answers_from(newest.group.get("answers")), "rows": rows_of(newest.group)}
    else:
        typed = {"answers": {}, "rows": no_rows()}
    try:
        _keep(request, organisation, typed)
    except SmeDraftMoved:
        messages.warning(request, _("A colleague went on with the test meanwhile. Nothing was thrown away."))
        return redirect("sme_overview", pk)
    return redirect(SmeTest(organisation).next_url())


def _keep(request, organisation, typed, *, expected=None):
    return keep_sme_draft(
        organisation_id=organisation.pk,
        typed=typed,
        expected_version=_version_in(request.POST) if expected is None else expected,
        by=request.user,
        at=request.received_at,
    )


def _version_in(data) -> int:
    """The version of the test that the page was read at; what cannot be read matches none."""
    typed = data.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 9 else -1


@login_required
def sme_question(request, pk, code):
    organisation = _own(request, pk)
    test = SmeTest(organisation)
    questions = asked(test.answers, has_earlier=test.has_earlier)
    question = next((one for one in questions if one.code == code), None)
    if question is None and request.method == "POST" and test.is_begun:
        messages.info(request, _("A colleague changed the answers meanwhile, so this question is not asked any more."))
        return redirect(test.next_url())
    if question is None:
        raise Http404
    given = test.answers.get(code)
    initial = {} if given is None else {"answer": "yes" if given else "no"}
    form = AnswerForm(request.POST if request.method == "POST" else None, question=question, initial=initial)
    moved = None
    if request.method == "POST" and form.is_valid():
        try:
            _keep_answer(request, test, code, form.cleaned_data["answer"])
        except SmeDraftMoved as conflict:
            moved = conflict
        else:
            return redirect(SmeTest(organisation).next_url())
    place = questions.index(question)
    context = {
        "organisation": organisation,
        "form": form,
        "question": question,
        "number": place + 1,
        "previous": questions[place - 1] if place else None,
        "answered": [(one, test.answers[one.code]) for one in questions[:place] if one.code in test.answers],
        "version": test.version,
        "moved": moved,
        "theirs": given,
    }
    return render(request, "applications/sme_question.html", context, status=409 if moved else 200)


def _keep_answer(request, test, code, answer):
    """Beside what a colleague answered meanwhile, unless it was this very question."""
    typed = test.typed | {"answers": test.answers | {code: answer}, "rows": test.rows, "is_offered": False}
    is_untouched = test.is_begun and test.answers.get(code) in (None, answer)
    _keep(request, test.organisation, typed, expected=test.version if is_untouched else None)


@login_required
def sme_group(request, pk):
    organisation = _own(request, pk)
    test = SmeTest(organisation)
    if test.next_question or not needs_group(test.features):
        if request.method == "POST" and rows_from(request.POST)["enterprises"]:
            return _group_not_asked(request, test)
        return redirect(test.next_url() if test.is_begun else reverse("sme_overview", args=[pk]))
    if request.method == "POST":
        return _group_posted(request, test)
    test.offer_rows()
    return _group_page(request, test, test.forms(is_checked=False))


def _group_posted(request, test):
    """Whatever is pressed, what was typed is kept first."""
    test.rows = _rows_in(request, test)
    rows, place = _pressed(request.POST.get("do", ""), test.rows)
    return _group_kept(request, test, rows, lambda: _group_goes_on(request, test, place))


def _rows_in(request, test):
    """What was typed, beside what stood there at the version of the page and was not shown on it."""
    read = test.read_at(_version_read(request, test)) or test
    return with_unshown(rows_from(request.POST), request.POST, read.rows)


def _version_read(request, test):
    """The version that the page was read at; a page of a test that was declared since matches none of this one."""
    is_this = request.POST.get("test", "") in ("", str(test.number))
    return _version_in(request.POST) if is_this else -1


def _group_kept(request, test, rows, go_on):
    expected = _version_read(request, test) if test.is_begun else 0
    try:
        _keep(request, test.organisation, test.typed | {"rows": rows, "is_offered": True}, expected=expected)
    except SmeDraftMoved as conflict:
        return _group_moved(request, test, rows, go_on, conflict.theirs)
    return go_on()


def _group_goes_on(request, test, place):
    if place is not None:
        return redirect(f"{reverse('sme_group', args=[test.organisation.pk])}#{place}")
    return _group_checked(request, SmeTest(test.organisation))


def _group_not_asked(request, test):
    """A colleague changed the answers, or declared: the rows wait until the questions lead to the group again."""

    def go_on():
        messages.warning(
            request,
            _("A colleague changed the answers or declared the test meanwhile. What you typed of the group is kept."),
        )
        return redirect(SmeTest(test.organisation).next_url())

    return _group_kept(request, test, _rows_in(request, test), go_on)


def _pressed(do, rows):
    """The rows after what was pressed, and the place of the page to look at; `None` for the result."""
    does, *rest = do.split(":")
    if does == "add" and rest:
        return with_row(rows, rest[0])
    if does == "remove" and len(rest) == 2 and rest[1].isdecimal():
        return without_row(rows, rest[0], int(rest[1])), rest[0]
    return rows, "enterprises" if does == "stay" else None


def _group_moved(request, test, rows, go_on, theirs):
    """Rows that one of both changed go together; rows that both changed are put to the person."""
    if theirs is None:
        return _group_refused(request, test, None)
    base, there = test.read_at(_version_read(request, test)), theirs.typed.get("rows") or no_rows()
    is_answer = request.POST.get("there") == str(theirs.version)
    chosen = _chosen(request.POST) if is_answer else {}
    merged = merge(base.rows if base else no_rows(), theirs=there, mine=rows, chosen=chosen)
    if any(len(merged.rows[kind]) > most for kind, most in MOST.items()):
        return _group_refused(request, test, theirs)
    if {one.key for one in merged.choices} - chosen.keys():
        return _choices_page(request, test, rows, merged, theirs, chosen if is_answer else None)
    try:
        _keep(
            request,
            test.organisation,
            theirs.typed | {"rows": merged.rows, "is_offered": True},
            expected=theirs.version,
        )
    except SmeDraftMoved as again:
        return _group_moved(request, test, rows, go_on, again.theirs)
    words = _("%(name)s saved the group meanwhile. What both of you changed is put together.")
    messages.info(request, words % {"name": theirs.saved_by})
    return go_on()


def _chosen(data):
    return {name.removeprefix("row-"): value for name, value in data.items()
            if name.startswith("row-") and value in (MINE, THEIRS)}  # fmt: skip


def _choices_page(request, test, rows, merged, theirs, chosen):
    """`chosen` is `None` where these rows have not been put to the person before."""
    titles = titles_of(test.organisation.legal_name, merged.mine, theirs.typed.get("rows") or no_rows())
    context = {
        "organisation": test.organisation,
        "test": test,
        "theirs": theirs,
        "version": _version_read(request, test),
        "typed": typed_of(rows),
        "does": "result" if request.POST.get("do") == "result" else "stay",
        "clashes": [_clash(one, titles, (chosen or {}).get(one.key)) for one in merged.choices],
        "is_missed": chosen is not None,
    }
    return render(request, "applications/sme_group_choices.html", context, status=409)


def _clash(one, titles, chosen):
    """A row that both changed, as it is read: each field with what stands in it, and whether the other says the same."""
    sides = [told_of(one.kind, row, titles) if row else None for row in (one.theirs, one.mine)]
    known = [dict(side or ()) for side in sides]
    marked = [
        None if side is None else [(label, value, bool(other) and other.get(label) != value) for label, value in side]
        for side, other in zip(sides, reversed(known), strict=True)
    ]
    return {
        "name": f"row-{one.key}",
        "title": title_of(one.kind, one.theirs or one.mine, titles),
        "kind": one.kind,
        "theirs": marked[0],
        "mine": marked[1],
        "chosen": chosen,
    }


def _group_refused(request, test, theirs):
    """What was typed stays on the page, above what a colleague saved; sending it again puts it in the place of theirs."""
    there = SmeTest(test.organisation)
    return _group_page(request, test, test.forms(is_checked=False), theirs=theirs, there=there.forms(is_checked=False))


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


def _group_page(request, test, forms, *, theirs=None, there=None):
    context = {
        "organisation": test.organisation,
        "test": test,
        "forms": forms,
        "own": own_enterprise(test.organisation),
        "features": test.features,
        "has_others": needs_others(test.features),
        "has_errors": any(form.errors for form in forms.all if form.is_bound),
        "questions": asked(test.answers, has_earlier=test.has_earlier),
        "version": test.version,
        "moved": there is not None,
        "theirs": theirs,
        "there": there.told if there and theirs else [],
    }
    return render(request, "applications/sme_group.html", context, status=409 if there else 200)


@login_required
def sme_result(request, pk):
    organisation = _own(request, pk)
    test = SmeTest(organisation)
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
        "version": test.version,
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
            draft_version=_version_in(request.POST),
        )
    except services.SizeChanged:
        messages.warning(request, _("The description or the group was changed in the meantime. Read the result again."))
        return redirect("sme_result", test.organisation.pk)
    except services.SizeUnclear:
        return redirect("sme_result", test.organisation.pk)
    messages.success(
        request, _("Declaration %(number)s is kept. Its PDF is being prepared.") % {"number": declaration.number}
    )
    return redirect("sme_overview", test.organisation.pk)


@login_required
@require_safe
def sme_declaration_download(request, pk, number):
    organisation = _own(request, pk)
    declaration = get_object_or_404(organisation.sme_declarations.select_related("document"), number=number)
    return download(request, declaration.document, back=reverse("sme_overview", args=[pk]))
