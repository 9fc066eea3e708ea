"""Statements that were undone, with the credits in suspense and the debits that they brought."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0031_names_of_fields"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="paymentreturn",
            name="return_settled_by",
        ),
        migrations.AddField(
            model_name="statementimport",
            name="undo_reason",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=300, verbose_name="почему отменена"
            ),
        ),
        migrations.AddField(
            model_name="statementimport",
            name="undone_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="отменена"),
        ),
        migrations.AddField(
            model_name="statementimport",
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
        migrations.AddField(
            model_name="suspensepayment",
            name="is_undone",
            field=models.BooleanField(db_default=False, default=False, editable=False, verbose_name="выписка отменена"),
        ),
        migrations.AlterField(
            model_name="paymentreturn",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("recalled", "платёж отозван банком: отменён"),
                    ("refunded", "возвращена переплата"),
                    ("payback", "невыясненный платёж возвращён плательщику"),
                    ("other", "не относится к платежам клиентов"),
                    ("undone", "отменён вместе с выпиской"),
                ],
                max_length=8,
                verbose_name="решение",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("adjustment__isnull", True), ("outcome", ""), ("state", "waiting")),
                    models.Q(
                        ("adjustment__isnull", False), ("outcome__in", ["recalled", "refunded"]), ("state", "settled")
                    ),
                    models.Q(
                        ("adjustment__isnull", True),
                        ("outcome", "payback"),
                        ("state", "settled"),
                        ("suspense__isnull", False),
                    ),
                    models.Q(
                        ("adjustment__isnull", True), ("outcome__in", ["", "other", "undone"]), ("state", "settled")
                    ),
                    _connector="OR",
                ),
                name="return_settled_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementimport",
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
                name="statement_undone_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspensepayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_undone", False),
                    models.Q(("is_returned", False), ("is_same", False), ("resolved_at__isnull", False)),
                    _connector="OR",
                ),
                name="suspense_undone_is_resolved",
            ),
        ),
    ]
