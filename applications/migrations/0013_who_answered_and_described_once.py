"""Who answered an invitation, from which page an organisation was described, and the versions of an unfinished SME test."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


def person(**options):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, **options
    )


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0012_texts_aside_say_when_written"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="partnerinvitation",
            name="respondent",
            field=person(
                blank=True,
                null=True,
                verbose_name="answered by",
                help_text="Empty where somebody declined who was not signed in.",
            ),
        ),
        migrations.AddField(
            model_name="organisation",
            name="author",
            field=person(blank=True, null=True, verbose_name="described first by"),
        ),
        migrations.AddField(
            model_name="organisation",
            name="described_from",
            field=models.CharField(
                blank=True,
                default="",
                db_default="",  # processes of the release before know nothing of it
                max_length=64,
                verbose_name="page from which it was described",
                help_text="A page sent twice describes one organisation: see `applications.duplicates.mark_of`.",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.UniqueConstraint(
                condition=~Q(described_from=""),
                fields=["author", "described_from"],
                name="a_page_describes_an_organisation_once",
            ),
        ),
        migrations.CreateModel(
            name="SmeDraftVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("typed", models.JSONField(verbose_name="what was typed")),
                ("saved_at", models.DateTimeField(verbose_name="saved at")),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="applications.smedraft",
                    ),
                ),
                ("saved_by", person()),
            ],
            options={
                "ordering": ["draft", "-number"],
                "verbose_name": "version of an unfinished SME test",
                "verbose_name_plural": "versions of unfinished SME tests",
                "constraints": [
                    models.UniqueConstraint(fields=("draft", "number"), name="a_version_of_an_sme_test_has_its_number")
                ],
            },
        ),
    ]
