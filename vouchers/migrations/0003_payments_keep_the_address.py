"""A payment keeps the address that its bank file names. Earlier payments take the payee's address of today."""

import django.core.validators
from django.db import migrations, models


def copy_addresses(apps, schema_editor):
    payments = apps.get_model("vouchers", "Payment").objects
    rows = payments.select_related("claim__instalment__voucher__organisation")
    for payment in rows.iterator(chunk_size=500):
        organisation = payment.claim.instalment.voucher.organisation
        payment.creditor_country, payment.creditor_town = organisation.country, organisation.city
        payment.creditor_postcode, payment.creditor_street = organisation.postcode, organisation.street
        payment.save(update_fields=["creditor_country", "creditor_town", "creditor_postcode", "creditor_street"])


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0002_recorded_signatures")]
    operations = [
        migrations.AddField(
            model_name="payment",
            name="creditor_country",
            field=models.CharField(
                default="",
                max_length=2,
                validators=[django.core.validators.RegexValidator("^[A-Z]{2}$")],
                verbose_name="country",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="payment",
            name="creditor_postcode",
            field=models.CharField(blank=True, max_length=16, verbose_name="postcode"),
        ),
        migrations.AddField(
            model_name="payment",
            name="creditor_street",
            field=models.CharField(blank=True, max_length=150, verbose_name="street and number"),
        ),
        migrations.AddField(
            model_name="payment",
            name="creditor_town",
            field=models.CharField(default="", max_length=80, verbose_name="town"),
            preserve_default=False,
        ),
        migrations.RunPython(copy_addresses, migrations.RunPython.noop),
    ]
