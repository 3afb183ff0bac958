"""The messages a person got."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from notifications import services
from notifications.models import Message

PER_PAGE = 25


@login_required
@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    own = Message.objects.visible_to(request.user)
    page = Paginator(own.for_list(), PER_PAGE).get_page(request.GET.get("page"))
    page.short_range = list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1))
    context = {"page_obj": page, "message_rows": list(page), "unread_count": own.unread().count()}
    return render(request, "notifications/message_list.html", context)


@login_required
@require_POST
def message_mark_read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one message read and go to the page it is about, if the form asks for that."""
    message = get_object_or_404(Message.objects.visible_to(request.user), pk=pk)
    services.mark_read(by=request.user, at=request.received_at, message_id=message.pk)
    wants_page = "open" in request.POST and message.url.startswith("/") and not message.url.startswith("//")
    return redirect(message.url if wants_page else "message_list")


@login_required
@require_POST
def messages_mark_read(request: HttpRequest) -> HttpResponse:
    services.mark_read(by=request.user, at=request.received_at)
    return redirect("message_list")
