"""Up to when the calls of a source are imported, and which sources have calls of an account (3.6, 4.4)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_portal_reads_no_password"),
        ("subscribers", "0016_first_package_locks_nothing"),
    ]

    operations = [
        migrations.AddField(
            model_name="callimport",
            name="covers_to",
            field=models.DateTimeField(editable=False, null=True, verbose_name="последний звонок"),
        ),
        migrations.AddField(
            model_name="callsource",
            name="complete_to",
            field=models.DateTimeField(editable=False, null=True, verbose_name="звонки учтены по"),
        ),
        migrations.CreateModel(
            name="AccountSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last_call_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.account"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="subscribers.callsource"
                    ),
                ),
            ],
            options={
                "verbose_name": "источник звонков лицевого счёта",
                "verbose_name_plural": "источники звонков лицевых счетов",
                "constraints": [models.UniqueConstraint(fields=("account", "source"), name="source_once_per_account")],
            },
        ),
    ]
