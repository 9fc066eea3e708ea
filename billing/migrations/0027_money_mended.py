"""Money that came or went wrong: adjustments, and the proposals that a second person decides (4.12)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import AppendOnly, TenantReference, TenantTable

# Whatever happens at once: no more is taken from a payment than it has. The lock makes the second one see the first.
LEFT = """
CREATE FUNCTION billing_within_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole numeric;
    taken numeric;
BEGIN
    IF NEW.payment_id IS NULL THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('left of payment ' || NEW.payment_id, 0));
    SELECT amount INTO whole FROM billing_payment WHERE id = NEW.payment_id;
    SELECT coalesce(sum(amount), 0) INTO taken FROM billing_adjustment WHERE payment_id = NEW.payment_id;
    IF taken + NEW.amount > whole THEN
        RAISE EXCEPTION 'less is left of the payment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_left', TABLE = 'billing_adjustment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER within_payment BEFORE INSERT ON billing_adjustment
    FOR EACH ROW EXECUTE FUNCTION billing_within_payment();
"""
ANY_SUM = """
DROP TRIGGER within_payment ON billing_adjustment;
DROP FUNCTION billing_within_payment();
"""
DECISION = ("state", "decided_by_id", "decided_at", "answer", "adjustment_id", "correction_id")
# A proposal is decided once; what was proposed never changes.
ONCE = f"""
CREATE FUNCTION billing_proposal_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'waiting' OR to_jsonb(NEW) - ARRAY{list(DECISION)!r} <>
       to_jsonb(OLD) - ARRAY{list(DECISION)!r} THEN
        RAISE EXCEPTION 'a proposal never changes, but is decided once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decided_once BEFORE UPDATE OR DELETE ON billing_moneyproposal
    FOR EACH ROW EXECUTE FUNCTION billing_proposal_decided_once();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON billing_moneyproposal
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
"""
OFTEN = """
DROP TRIGGER never_emptied ON billing_moneyproposal;
DROP TRIGGER decided_once ON billing_moneyproposal;
DROP FUNCTION billing_proposal_decided_once();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_looks"),
        ("billing", "0026_months"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("move", "перенос платежа"),
                            ("reversal", "отмена платежа"),
                            ("refund", "возврат переплаты"),
                            ("writeoff", "списание долга"),
                        ],
                        max_length=8,
                        verbose_name="вид",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="сумма, BYN")),
                ("booked_on", models.DateField(verbose_name="дата")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="номер документа")),
                ("document_date", models.DateField(blank=True, null=True, verbose_name="дата документа")),
                (
                    "created_at",
                    models.DateTimeField(default=sipcabinet.lib.clock.now, editable=False, verbose_name="записано"),
                ),
            ],
            options={
                "verbose_name": "поправка",
                "verbose_name_plural": "поправки",
            },
        ),
        migrations.CreateModel(
            name="MoneyProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("correct", "корректировка счёта"),
                            ("move", "перенос платежа"),
                            ("reversal", "отмена платежа"),
                            ("refund", "возврат переплаты"),
                            ("writeoff", "списание долга"),
                        ],
                        max_length=8,
                        verbose_name="вид",
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="сумма, BYN")),
                ("weight", models.DecimalField(decimal_places=2, editable=False, max_digits=14)),
                ("counted", models.DecimalField(decimal_places=2, editable=False, max_digits=14)),
                (
                    "most_alone",
                    models.DecimalField(decimal_places=2, editable=False, max_digits=14, verbose_name="предел, BYN"),
                ),
                ("terms", models.JSONField(default=dict, editable=False, verbose_name="условия")),
                ("reason", models.CharField(max_length=300, verbose_name="основание")),
                ("document_number", models.CharField(blank=True, max_length=60, verbose_name="номер документа")),
                ("document_date", models.DateField(blank=True, null=True, verbose_name="дата документа")),
                ("proposed_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="предложено")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "ждёт второго"),
                            ("done", "проведено"),
                            ("refused", "отклонено"),
                            ("withdrawn", "отозвано"),
                        ],
                        max_length=9,
                        verbose_name="состояние",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="решено")),
                ("answer", models.CharField(blank=True, max_length=300, verbose_name="ответ")),
                ("dedupe_key", models.CharField(editable=False, max_length=100, unique=True)),
            ],
            options={
                "verbose_name": "предложение о деньгах",
                "verbose_name_plural": "предложения о деньгах",
                "permissions": [("confirm_money", "Может подтверждать чужие предложения о деньгах")],
                "default_permissions": ("add", "view"),
            },
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="ledger_signs",
        ),
        migrations.AddField(
            model_name="paymentreturn",
            name="note",
            field=models.CharField(blank=True, max_length=300, verbose_name="пояснение"),
        ),
        migrations.AddField(
            model_name="paymentreturn",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("recalled", "платёж отозван банком: отменён"),
                    ("refunded", "возвращена переплата"),
                    ("other", "не относится к платежам клиентов"),
                ],
                max_length=8,
                verbose_name="решение",
            ),
        ),
        migrations.AddField(
            model_name="paymentreturn",
            name="settled_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="разобран"),
        ),
        migrations.AddField(
            model_name="paymentreturn",
            name="settled_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто разобрал",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opening", "входящее сальдо"),
                    ("invoice", "счёт"),
                    ("payment", "платёж"),
                    ("correct", "корректировка"),
                    ("move", "перенос платежа"),
                    ("reversal", "отмена платежа"),
                    ("refund", "возврат переплаты"),
                    ("writeoff", "списание долга"),
                ],
                max_length=8,
                verbose_name="вид",
            ),
        ),
        migrations.AlterField(
            model_name="paymentreturn",
            name="kind",
            field=models.CharField(
                choices=[
                    ("reversal", "сторно банка"),
                    ("words", "возврат или отзыв по назначению"),
                    ("payer", "списание плательщику на сумму его платежа"),
                    ("refund", "возврат переплаты, проведённый сотрудником"),
                ],
                max_length=8,
                verbose_name="почему",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("kind__in", ["payment", "writeoff"])),
                    models.Q(("amount__lt", 0), ("kind__in", ("move", "reversal", "refund"))),
                    models.Q(("amount__lte", 0), ("kind", "invoice")),
                    ("kind__in", ["opening", "correct"]),
                    _connector="OR",
                ),
                name="ledger_signs",
            ),
        ),
        migrations.AddField(
            model_name="adjustment",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="adjustments",
                to="accounts.account",
                verbose_name="лицевой счёт",
            ),
        ),
        migrations.AddField(
            model_name="adjustment",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто провёл",
            ),
        ),
        migrations.AddField(
            model_name="adjustment",
            name="payment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="adjustments",
                to="billing.payment",
                verbose_name="платёж",
            ),
        ),
        migrations.AddField(
            model_name="paymentreturn",
            name="adjustment",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payment_return",
                to="billing.adjustment",
                verbose_name="поправка",
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
                    models.Q(("adjustment__isnull", True), ("outcome__in", ["", "other"]), ("state", "settled")),
                    _connector="OR",
                ),
                name="return_settled_by",
            ),
        ),
        migrations.AddField(
            model_name="moneyproposal",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="accounts.account",
                verbose_name="лицевой счёт",
            ),
        ),
        migrations.AddField(
            model_name="moneyproposal",
            name="adjustment",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposal",
                to="billing.adjustment",
                verbose_name="поправка",
            ),
        ),
        migrations.AddField(
            model_name="moneyproposal",
            name="correction",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposal",
                to="billing.correction",
                verbose_name="корректировка",
            ),
        ),
        migrations.AddField(
            model_name="moneyproposal",
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
            model_name="moneyproposal",
            name="invoice",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="billing.invoice",
                verbose_name="счёт",
            ),
        ),
        migrations.AddField(
            model_name="moneyproposal",
            name="payment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="billing.payment",
                verbose_name="платёж",
            ),
        ),
        migrations.AddField(
            model_name="moneyproposal",
            name="payment_return",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proposals",
                to="billing.paymentreturn",
                verbose_name="возврат платежа",
            ),
        ),
        migrations.AddField(
            model_name="moneyproposal",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто предложил",
            ),
        ),
        migrations.AddField(
            model_name="moneyproposal",
            name="to_account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.account",
                verbose_name="на лицевой счёт",
            ),
        ),
        migrations.AddIndex(
            model_name="adjustment",
            index=models.Index(fields=["account", "-booked_on", "-id"], name="adjustment_of_account"),
        ),
        migrations.AddIndex(
            model_name="adjustment",
            index=models.Index(
                condition=models.Q(("kind", "refund")), fields=["amount"], name="adjustment_refund_of_sum"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="adjustment_amount"),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("move", "reversal")), ("payment__isnull", False)),
                    models.Q(("kind", "writeoff"), ("payment__isnull", True)),
                    ("kind", "refund"),
                    _connector="OR",
                ),
                name="adjustment_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("document_date__isnull", False),
                        ("kind__in", ("refund", "writeoff")),
                        models.Q(("document_number", ""), _negated=True),
                    ),
                    models.Q(
                        ("document_date__isnull", True), ("document_number", ""), ("kind__in", ("move", "reversal"))
                    ),
                    _connector="OR",
                ),
                name="adjustment_document",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjustment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ("refund", "writeoff"))),
                fields=("account", "kind", "document_number", "document_date"),
                name="adjustment_document_once",
            ),
        ),
        migrations.AddIndex(
            model_name="moneyproposal",
            index=models.Index(fields=["account", "-proposed_at", "-id"], name="proposal_of_account"),
        ),
        migrations.AddIndex(
            model_name="moneyproposal",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["proposed_at", "id"], name="proposal_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="moneyproposal",
            index=models.Index(fields=["proposed_by", "-proposed_at"], name="proposal_of_person"),
        ),
        migrations.AddConstraint(
            model_name="moneyproposal",
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
                name="proposal_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyproposal",
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
                name="proposal_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "done"),
                        models.Q(("adjustment__isnull", False), ("correction__isnull", False), _connector="OR"),
                        models.Q(("adjustment__isnull", False), ("correction__isnull", False), _negated=True),
                    ),
                    models.Q(
                        models.Q(("state", "done"), _negated=True),
                        models.Q(
                            ("adjustment__isnull", False), ("correction__isnull", False), _connector="OR", _negated=True
                        ),
                    ),
                    _connector="OR",
                ),
                name="proposal_made",
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount__gte", 0), ("counted__gte", models.F("weight")), ("weight__gte", models.F("amount"))
                ),
                name="proposal_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("invoice__isnull", True),
                        ("kind", "move"),
                        ("payment__isnull", False),
                        ("to_account__isnull", False),
                        models.Q(("to_account", models.F("account")), _negated=True),
                    ),
                    models.Q(
                        ("invoice__isnull", True),
                        ("kind", "reversal"),
                        ("payment__isnull", False),
                        ("to_account__isnull", True),
                    ),
                    models.Q(("invoice__isnull", True), ("kind", "refund"), ("to_account__isnull", True)),
                    models.Q(
                        ("invoice__isnull", True),
                        ("kind", "writeoff"),
                        ("payment__isnull", True),
                        ("to_account__isnull", True),
                    ),
                    models.Q(
                        ("invoice__isnull", False),
                        ("kind", "correct"),
                        ("payment__isnull", True),
                        ("to_account__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="proposal_terms",
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("payment",), name="proposal_waits_of_payment"
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("invoice",), name="proposal_waits_of_invoice"
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "waiting")), fields=("payment_return",), name="proposal_waits_of_return"
            ),
        ),
        migrations.AddIndex(
            model_name="moneyproposal",
            index=models.Index(fields=["-proposed_at", "-id"], name="proposal_newest"),
        ),
        TenantTable("billing_adjustment", app="SELECT, INSERT"),
        AppendOnly("billing_adjustment"),
        TenantReference("billing_adjustment", "payment_id", "billing_payment"),
        migrations.RunSQL(LEFT, ANY_SUM),
        TenantTable("billing_moneyproposal", portal="", app=f"SELECT, INSERT, UPDATE ({', '.join(DECISION)})"),
        TenantReference("billing_moneyproposal", "payment_id", "billing_payment"),
        TenantReference("billing_moneyproposal", "invoice_id", "billing_invoice"),
        TenantReference("billing_moneyproposal", "adjustment_id", "billing_adjustment"),
        TenantReference("billing_moneyproposal", "correction_id", "billing_correction"),
        migrations.RunSQL(ONCE, OFTEN),
    ]
