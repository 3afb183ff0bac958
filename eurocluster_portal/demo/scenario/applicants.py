"""What applicants do in the demo scenario."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from applications import services as applications
from applications.confirming import fingerprints
from applications.models import Application
from applications.states import PartnerRole
from eurocluster_portal.demo import population
from eurocluster_portal.demo.scenario.cast import Cast, Edition


class Applicants:
    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def submit(self, edition: Edition, project: population.Project, at: datetime) -> Application:
        application = self.draft(edition, project, at)
        self.answer(application, project, at)
        self.confirm(application, at)
        applications.submit_application(
            application_id=application.pk, number=1, by=self.cast.contact(project.partners[0].company), at=at
        )
        application.refresh_from_db()
        return application

    def draft(self, edition: Edition, project: population.Project, at: datetime, *, joined: bool = True) -> Application:
        """A draft of which the partners, invited by the lead, have joined, or are still asked to."""
        lead, *others = project.partners
        roles = [*edition.call.project_roles.all()]  # the lead takes the first, its partners the last
        by = self.cast.contact(lead.company)
        application = applications.start_application(
            call_id=edition.call.pk,
            organisation=self.cast.organisations[lead.company],
            sector=self.cast.sectors.get(lead.sector),
            by=by,
            at=at,
            project_role=roles[0] if roles else None,
        )
        for other in others:
            guest = self.cast.contact(other.company)
            invitation = applications.invite_partner(
                application_id=application.pk,
                email=guest.email,
                organisation_name=self.cast.organisations[other.company].legal_name,
                by=by,
                at=at,
            )
            if joined:
                applications.accept_invitation(
                    token=invitation.token,
                    organisation=self.cast.organisations[other.company],
                    sector=self.cast.sectors.get(other.sector),
                    by=guest,
                    at=at,
                    project_role=roles[-1] if roles else None,
                )
        return application

    def answer(
        self, application: Application, project: population.Project, at: datetime, *, leave_out: Iterable[str] = ()
    ) -> None:
        """Answer the common sections as the lead and its own sections as each partner."""
        form = application.form.parsed()
        own = {self.cast.organisations[one.company].pk: one for one in project.partners}
        rows = list(application.participations.select_related("organisation").order_by("role", "pk"))
        for section in (section for section in form.sections if section.code not in leave_out):
            for row in rows if section.per_partner else [None]:
                partner = own[row.organisation_id] if row else project.partners[0]
                answers = partner.answers[section.code] if row else project.answers[section.code]
                applications.save_section(
                    application_id=application.pk,
                    section=section,
                    participation_id=row.pk if row else None,
                    answers=answers,
                    expected_version=0,
                    by=self.cast.contact(partner.company),
                    at=at,
                )

    def confirm(self, application: Application, at: datetime) -> None:
        """Every partner stands behind its costs and declarations."""
        partners = list(application.participations.filter(role=PartnerRole.PARTNER).select_related("confirmed_by"))
        current = fingerprints(application, partners, application.answers.all())
        for row in partners:
            applications.confirm_participation(
                application_id=application.pk,
                participation_id=row.pk,
                sha256=current[row.pk],
                by=row.confirmed_by,
                at=at,
            )

    def withdraw(self, application: Application, project: population.Project, at: datetime) -> None:
        by = self.cast.contact(project.partners[0].company)
        applications.withdraw_application(application_id=application.pk, by=by, at=at)
