"""An event of pretalx with a call for papers that asks what the call of the bench asks, and people with sessions.

    python seed.py NUMBER_OF_PEOPLE

Runs in pretalx's own environment and prints JSON: the slug, the ids that the forms need, and the sessions.
"""

import datetime as dt
import json
import sys

import django

django.setup()

from django.test import Client  # noqa: E402
from django.utils.timezone import now  # noqa: E402
from django_scopes import scopes_disabled  # noqa: E402
from pretalx.event.domain.event import create_event  # noqa: E402
from pretalx.event.models import Organiser  # noqa: E402
from pretalx.person.models import User  # noqa: E402
from pretalx.submission.models import AnswerOption, Question, SubmissionType, Track  # noqa: E402

SLUG = "hour"


def make_event():
    organiser = Organiser.objects.create(slug="organiser", name="Organiser")
    event = create_event(
        organiser=organiser,
        locales=["en"],
        name="Deadline hour",
        slug=SLUG,
        is_public=True,
        date_from=(now() + dt.timedelta(days=120)).date(),
        date_to=(now() + dt.timedelta(days=122)).date(),
        timezone="UTC",
        email="organiser@hour.example",
        locale="en",
    )
    event.cfp.headline = "Open call"
    event.cfp.text = "For single SMEs."
    event.cfp.deadline = now() + dt.timedelta(days=60)
    event.cfp.fields["track"] = {"visibility": "required"}
    event.cfp.save()
    return event


def make_questions(event):
    asked = {"event": event, "target": "submission"}
    text = Question.objects.create(variant="text", question="State of the art", position=1, **asked)
    number = Question.objects.create(
        variant="number", question="Support asked for", position=2, question_required="required", **asked
    )
    choice = Question.objects.create(
        variant="choices", question="Company size", position=3, question_required="required", **asked
    )
    options = [
        AnswerOption.objects.create(question=choice, answer=words, position=place)
        for place, words in enumerate(("micro", "small", "medium"))
    ]
    return {"text": text.pk, "number": number.pk, "choice": choice.pk, "option": options[1].pk}


def session_of(number):
    person = User(email=f"poster{number}@hour.example", name=f"Poster {number}", locale="en", timezone="UTC")
    person.set_unusable_password()
    person.save()
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["pretalx_session"].value


def main(people):
    event = make_event()
    tracks = [Track.objects.create(event=event, name=name, color="#337799") for name in ("Digital", "Green")]
    print(
        json.dumps(
            {
                "slug": SLUG,
                "track": tracks[0].pk,
                "type": SubmissionType.objects.filter(event=event)[0].pk,
                "questions": make_questions(event),
                "sessions": [session_of(number) for number in range(people)],
            }
        )
    )


if __name__ == "__main__":
    with scopes_disabled():
        main(int(sys.argv[1]))
