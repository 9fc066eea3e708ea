"""A debt is a document with its own due day, which may only move to a later day."""

import django.db.models.deletion
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import TenantTable

ONLY_LATER = """
CREATE FUNCTION billing_debt_only_later() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.due_on < OLD.due_on OR to_jsonb(NEW) - 'due_on' <> to_jsonb(OLD) - 'due_on' THEN
        RAISE EXCEPTION 'a debt never changes, but to a later due day' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_later BEFORE UPDATE OR DELETE ON billing_debt
    FOR EACH ROW EXECUTE FUNCTION billing_debt_only_later();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON billing_debt
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
"""
ANYTHING = """
DROP TRIGGER never_emptied ON billing_debt;
DROP TRIGGER only_later ON billing_debt;
DROP FUNCTION billing_debt_only_later();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0010_moved_days")]
    operations = [
        migrations.CreateModel(
            name="Debt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="сумма, BYN")),
                ("due_on", models.DateField(verbose_name="оплатить до")),
                (
                    "created_at",
                    models.DateTimeField(default=sipcabinet.lib.clock.now, editable=False, verbose_name="записан"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="debts",
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "correction",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="debt",
                        to="billing.correction",
                        verbose_name="корректировка",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="debt",
                        to="billing.ledgerentry",
                        verbose_name="документ",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="debts",
                        to="billing.invoice",
                        verbose_name="счёт",
                    ),
                ),
            ],
            options={
                "verbose_name": "долг",
                "verbose_name_plural": "долги",
                "indexes": [models.Index(fields=["account", "due_on", "id"], name="debt_of_account")],
                "constraints": [models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="debt_amount")],
            },
        ),
        TenantTable("billing_debt", app="SELECT, INSERT, UPDATE"),
        migrations.RunSQL(ONLY_LATER, ANYTHING),
    ]
