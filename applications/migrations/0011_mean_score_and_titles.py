"""Lists of many applications filter by the mean score and sort by the title without looking at every row."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("applications", "0010_words_kept_and_second_thoughts")]
    operations = [
        migrations.AddField(
            "application",
            "mean_score",
            models.DecimalField(
                "mean of the experts' totals at this stage", max_digits=7, decimal_places=2, null=True, blank=True
            ),
        ),
        migrations.AddIndex(
            "application",
            models.Index(fields=["title", "id"], condition=Q(submitted_at__isnull=False), name="application_by_title"),
        ),
    ]
