"""An event of pretalx with a call for papers that asks what the call of the bench asks, and people with sessions.

    python seed.py event NUMBER_OF_PEOPLE           prints JSON: the slug, the ids that the forms need, and the sessions
    python seed.py earlier NUMBER_OF_SUBMISSIONS    submissions by others, with speaker and answers; no reviews

Runs in pretalx's own environment.
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
from pretalx.event.models import Event, Organiser  # noqa: E402
from pretalx.person.models import SpeakerProfile, User  # noqa: E402
from pretalx.submission.models import (  # noqa: E402
    Answer,
    AnswerOption,
    Question,
    SpeakerRole,
    Submission,
    SubmissionType,
    Track,
)

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


def written(model, rows):
    return model._base_manager.bulk_create(rows, batch_size=1000)


def add_earlier(number):
    event = Event.objects.get(slug=SLUG)
    first = Submission._base_manager.count()
    text, figure, choice = Question._base_manager.filter(event=event, target="submission").order_by("position")
    option, track = choice.options.first(), Track._base_manager.filter(event=event).first()
    kind = SubmissionType._base_manager.filter(event=event).first()
    prose = "Beech cuts become acoustic panels for schools and small offices, pressed and measured abroad. " * 8
    names = [f"Earlier {first + place}" for place in range(number)]
    codes = User.generate_unique_codes(number)
    people = written(
        User,
        [
            User(email=f"{name.replace(' ', '')}@hour.example", name=name, code=code, locale="en", timezone="UTC")
            for name, code in zip(names, codes, strict=True)
        ],
    )
    codes = SpeakerProfile.generate_unique_codes(number, event=event)
    speakers = written(
        SpeakerProfile,
        [
            SpeakerProfile(event=event, user=person, code=code, name=person.name, biography=prose)
            for person, code in zip(people, codes, strict=True)
        ],
    )
    codes = Submission.generate_unique_codes(number)
    given = {"event": event, "submission_type": kind, "track": track, "state": "submitted", "content_locale": "en"}
    rows = written(
        Submission,
        [
            Submission(code=code, title=f"Panels of {name}", abstract=prose, description=prose, **given)
            for name, code in zip(names, codes, strict=True)
        ],
    )
    written(
        SpeakerRole,
        [SpeakerRole(submission=row, speaker=one) for row, one in zip(rows, speakers, strict=True)],
    )
    said = ((text, prose), (figure, "25000"), (choice, str(option.answer)))
    answers = written(
        Answer, [Answer(question=question, submission=row, answer=words) for row in rows for question, words in said]
    )
    chosen = Answer.options.through
    written(
        chosen,
        [chosen(answer_id=one.pk, answeroption_id=option.pk) for one in answers if one.question_id == choice.pk],
    )


def make(people):
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
        {"event": make, "earlier": add_earlier}[sys.argv[1]](int(sys.argv[2]))
