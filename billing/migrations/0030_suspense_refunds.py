"""Credits in suspense that go back to their payers, by one person or by two (4.12)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import SharedTable

DECISION = ("state", "decided_by_id", "decided_at", "answer")
# A return is decided once; what was proposed never changes.
ONCE = f"""
CREATE FUNCTION billing_suspense_refund_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'waiting' OR to_jsonb(NEW) - ARRAY{list(DECISION)!r} <>
       to_jsonb(OLD) - ARRAY{list(DECISION)!r} THEN
        RAISE EXCEPTION 'a return never changes, but is decided once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decided_once BEFORE UPDATE OR DELETE ON billing_suspenserefund
    FOR EACH ROW EXECUTE FUNCTION billing_suspense_refund_decided_once();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON billing_suspenserefund
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
"""
OFTEN = """
DROP TRIGGER never_emptied ON billing_suspenserefund;
DROP TRIGGER decided_once ON billing_suspenserefund;
DROP FUNCTION billing_suspense_refund_decided_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0029_acts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SuspenseRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="сумма, BYN")),
                ("counted", models.DecimalField(decimal_places=2, editable=False, max_digits=14)),
                (
                    "most_alone",
                    models.DecimalField(decimal_places=2, editable=False, max_digits=14, verbose_name="предел, BYN"),
                ),
                ("document_number", models.CharField(max_length=60, verbose_name="номер платёжного поручения")),
                ("document_date", models.DateField(verbose_name="дата платёжного поручения")),
                ("reason", models.CharField(max_length=300, verbose_name="основание")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "ждёт второго"),
                            ("done", "возвращён"),
                            ("refused", "отклонено"),
                            ("withdrawn", "отозвано"),
                        ],
                        max_length=9,
                        verbose_name="состояние",
                    ),
                ),
                ("proposed_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="предложено")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="решено")),
                ("answer", models.CharField(blank=True, max_length=300, verbose_name="ответ")),
            ],
            options={
                "verbose_name": "возврат плательщику",
                "verbose_name_plural": "возвраты плательщикам",
                "default_permissions": ("view",),
            },
        ),
        migrations.RemoveConstraint(
            model_name="paymentreturn",
            name="return_settled_by",
        ),
        migrations.AddField(
            model_name="suspensepayment",
            name="is_returned",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, verbose_name="возвращён плательщику"
            ),
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
                    models.Q(("adjustment__isnull", True), ("outcome__in", ["", "other"]), ("state", "settled")),
                    _connector="OR",
                ),
                name="return_settled_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentreturn",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "payback")), fields=("suspense",), name="return_pays_back_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspensepayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_returned", False),
                    models.Q(("is_same", False), ("resolved_at__isnull", False)),
                    _connector="OR",
                ),
                name="suspense_returned_is_resolved",
            ),
        ),
        migrations.AddField(
            model_name="suspenserefund",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто решил",
            ),
        ),
        migrations.AddField(
            model_name="suspenserefund",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто предложил",
            ),
        ),
        migrations.AddField(
            model_name="suspenserefund",
            name="suspense",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="billing.suspensepayment",
                verbose_name="невыясненный платёж",
            ),
        ),
        migrations.AddIndex(
            model_name="suspenserefund",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["proposed_at", "id"], name="suspense_refund_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="suspenserefund",
            index=models.Index(condition=models.Q(("state", "done")), fields=["amount"], name="suspense_refund_of_sum"),
        ),
        migrations.AddConstraint(
            model_name="suspenserefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("counted__gte", models.F("amount"))),
                name="suspense_refund_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspenserefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("document_number", ""), _negated=True), name="suspense_refund_document"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspenserefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "waiting")),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="suspense_refund_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspenserefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting"), models.Q(("counted__lte", models.F("most_alone")), _negated=True)),
                    models.Q(
                        ("state", "done"),
                        models.Q(
                            models.Q(("counted__lte", models.F("most_alone")), ("decided_by", models.F("proposed_by"))),
                            models.Q(
                                models.Q(("counted__lte", models.F("most_alone")), _negated=True),
                                models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                    ),
                    models.Q(
                        ("state", "refused"),
                        models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                        models.Q(("answer", ""), _negated=True),
                    ),
                    models.Q(("state", "withdrawn"), ("decided_by", models.F("proposed_by"))),
                    _connector="OR",
                ),
                name="suspense_refund_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspenserefund",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "done"])),
                fields=("suspense",),
                name="suspense_refund_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspenserefund",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "done"])),
                fields=("document_number", "document_date"),
                name="suspense_refund_document_once",
            ),
        ),
        SharedTable("billing_suspenserefund", app=f"SELECT, INSERT, UPDATE ({', '.join(DECISION)})"),
        migrations.RunSQL(ONCE, OFTEN),
    ]
