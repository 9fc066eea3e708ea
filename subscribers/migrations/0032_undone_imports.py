"""Imports of calls that were undone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0031_names_of_fields"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="callimport",
            name="undo_reason",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=300, verbose_name="почему отменён"
            ),
        ),
        migrations.AddField(
            model_name="callimport",
            name="undone_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="отменён"),
        ),
        migrations.AddField(
            model_name="callimport",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто отменил",
            ),
        ),
        migrations.AddConstraint(
            model_name="callimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undo_reason", ""), ("undone_at__isnull", True), ("undone_by__isnull", True)),
                    models.Q(
                        ("undone_at__isnull", False),
                        ("undone_by__isnull", False),
                        models.Q(("undo_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="call_import_undone_by",
            ),
        ),
    ]
