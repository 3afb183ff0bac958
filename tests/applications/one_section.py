"""The page of one section, and what is stored of it."""

from django.urls import reverse

from applications.models import Application, SectionAnswers

PROJECT = {
    "a-title": "Smart oak",
    "a-acronym": "OAK",
    "a-summary": "What we do.\r\nFor whom.",
    "a-activity": "prototyping",
    "a-trl_start": "4",
    "a-trl_end": "6",
}
HTMX = {"HX-Request": "true"}


def address(application: Application, section: str = "project") -> str:
    return reverse("section_edit", args=[application.pk, section])


def stored(application: Application, section: str = "project") -> SectionAnswers:
    return application.answers.get(section_code=section)
