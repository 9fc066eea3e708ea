import django.db.models.deletion
from django.db import migrations, models

from sipcabinet.lib.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0019_complete_so_far"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondLeg",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("call_id", models.CharField(max_length=100)),
                ("names", models.CharField(max_length=100)),
                ("started_at", models.DateTimeField()),
                ("duration", models.PositiveIntegerField()),
                ("called", models.TextField()),
                ("brought_to", models.BigIntegerField(default=0)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="subscribers.callsource"
                    ),
                ),
            ],
            options={
                "verbose_name": "второе плечо",
                "verbose_name_plural": "вторые плечи",
                "indexes": [
                    models.Index(fields=["source", "names"], name="second_leg_by_named"),
                    models.Index(fields=["started_at"], name="second_leg_by_start"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "call_id", "names", "started_at"), name="second_leg_once")
                ],
            },
        ),
        SharedTable("subscribers_secondleg", app="SELECT, INSERT, DELETE"),
    ]
