"""Certificates of the seal are kept; a document says which one sealed it, and who put the time on it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0002_scanned_at'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TimestampAuthority',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shape', models.CharField(help_text='SHA-256', max_length=64, unique=True, verbose_name='shape of its stamps')),
                ('fingerprint', models.CharField(help_text='SHA-256 of its certificate', max_length=64, verbose_name='fingerprint')),
                ('name', models.CharField(max_length=300, verbose_name='name')),
                ('first_seen_at', models.DateTimeField(verbose_name='first seen at')),
            ],
            options={
                'verbose_name': 'time stamp authority',
                'verbose_name_plural': 'time stamp authorities',
            },
        ),
        migrations.AddField(
            model_name='document',
            name='stamped_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='time stamped at'),
        ),
        migrations.AddField(
            model_name='document',
            name='stamped_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='time stamped by'),
        ),
        migrations.AddField(
            model_name='document',
            name='unstamped_because',
            field=models.CharField(blank=True, db_default='', default='', max_length=300, verbose_name='no time stamp because'),
        ),
        migrations.CreateModel(
            name='SealCertificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(help_text='SHA-256 of the certificate', max_length=64, unique=True, verbose_name='fingerprint')),
                ('name', models.CharField(max_length=300, verbose_name='issued to')),
                ('pem', models.TextField(help_text='With those of its issuers, as far as they came along', verbose_name='certificate')),
                ('begins_at', models.DateTimeField(verbose_name='valid from')),
                ('ends_at', models.DateTimeField(verbose_name='valid until')),
                ('used_at', models.DateTimeField(verbose_name='in use since')),
                ('replaced_at', models.DateTimeField(blank=True, null=True, verbose_name='replaced at')),
                ('replaced_because', models.CharField(blank=True, max_length=500, verbose_name='replaced because')),
                ('compromised_at', models.DateTimeField(blank=True, help_text='From when on others may have had its key', null=True, verbose_name='not trusted since')),
            ],
            options={
                'verbose_name': 'certificate of the seal',
                'verbose_name_plural': 'certificates of the seal',
                'constraints': [models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('replaced_at',), name='one_certificate_of_the_seal_in_use', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('replaced_at', None), ('replaced_at__gte', models.F('used_at')), _connector='OR'), name='certificate_replaced_after_its_first_use')],
            },
        ),
        migrations.AddField(
            model_name='document',
            name='sealed_with',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.sealcertificate', verbose_name='sealed with'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('stamped_at', None), ('stamped_by', '')), models.Q(models.Q(('stamped_by', ''), _negated=True), ('stamped_at__isnull', False)), _connector='OR'), name='document_stamp_names_by_whom_and_when'),
        ),
    ]
