"""The index of shingles is kept up to date at once: a look-up of hundreds of runs would read the list of pending ones each time."""

import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("applications", "0008_who_saved_from_where")]
    operations = [
        migrations.RemoveIndex("submissiontext", "submission_by_shingles"),
        migrations.AddIndex(
            "submissiontext",
            django.contrib.postgres.indexes.GinIndex(
                fields=["shingles"], fastupdate=False, name="submission_by_shingles"
            ),
        ),
    ]
