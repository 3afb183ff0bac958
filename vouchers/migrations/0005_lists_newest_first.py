"""The first page of a list of thousands is found without sorting all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0004_recoveries")]
    operations = [
        migrations.AddIndex("claim", models.Index(fields=["-submitted_at", "id"], name="claim_by_arrival")),
        migrations.AddIndex(
            "grantagreement", models.Index(fields=["-prepared_at", "id"], name="agreement_by_preparation")
        ),
        migrations.AddIndex("voucher", models.Index(fields=["-issued_at", "id"], name="voucher_by_issue")),
    ]
