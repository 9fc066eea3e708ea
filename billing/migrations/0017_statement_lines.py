"""Lines of statements: each document as a statement reports it, with the key of the row that represents it."""

import django.db.models.deletion
from django.db import migrations, models

from sipcabinet.lib.rls import AppendOnly, SharedTable


class Migration(migrations.Migration):
    dependencies = [("billing", "0016_debts_of_own_account"), ("accounts", "0002_roles")]
    operations = [
        migrations.CreateModel(
            name="StatementLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField(verbose_name="место")),
                ("day", models.DateField(verbose_name="дата")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16, verbose_name="сумма, BYN")),
                ("reference", models.CharField(blank=True, max_length=60, verbose_name="номер документа")),
                ("payer_iban", models.CharField(blank=True, max_length=34, verbose_name="счёт другой стороны")),
                ("purpose", models.TextField(blank=True, verbose_name="назначение")),
                ("identity", models.CharField(blank=True, editable=False, max_length=200)),
                ("source_key", models.CharField(editable=False, max_length=200)),
                ("resembles", models.CharField(blank=True, editable=False, max_length=200)),
                ("is_exact", models.BooleanField(default=True, editable=False)),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="billing.statementimport",
                        verbose_name="выписка",
                    ),
                ),
            ],
            options={"verbose_name": "строка выписки", "verbose_name_plural": "строки выписок"},
        ),
        migrations.AddIndex(
            model_name="statementline", index=models.Index(fields=["day"], name="statement_line_of_day")
        ),
        migrations.AddIndex(
            model_name="statementline", index=models.Index(fields=["identity"], name="statement_line_of_identity")
        ),
        migrations.AddIndex(
            model_name="statementline", index=models.Index(fields=["source_key"], name="statement_line_of_row")
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.UniqueConstraint(fields=("statement", "place"), name="one_line_of_a_place"),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.UniqueConstraint(fields=("statement", "source_key"), name="one_line_of_a_row"),
        ),
        SharedTable("billing_statementline", app="SELECT, INSERT"),
        AppendOnly("billing_statementline"),
    ]
