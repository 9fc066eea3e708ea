"""Debits that seem to take a payment back; staff decide about them."""

import django.db.models.deletion
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import SharedTable

KINDS = [
    ("reversal", "сторно банка"),
    ("words", "возврат или отзыв по назначению"),
    ("payer", "списание плательщику на сумму его платежа"),
]
STATES = [("waiting", "ждёт решения"), ("settled", "разобран")]
PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [("billing", "0018_credits_like_booked"), ("accounts", "0002_roles")]
    operations = [
        migrations.AddField(
            model_name="statementimport",
            name="returns",
            field=models.PositiveIntegerField(default=0, verbose_name="возвраты"),
        ),
        migrations.CreateModel(
            name="PaymentReturn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=8, verbose_name="почему")),
                (
                    "state",
                    models.CharField(choices=STATES, default="waiting", max_length=7, verbose_name="состояние"),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="сумма, BYN")),
                ("returned_on", models.DateField(verbose_name="дата списания")),
                ("payer_name", models.CharField(blank=True, max_length=300, verbose_name="кому")),
                ("payer_unp", models.CharField(blank=True, max_length=14, verbose_name="УНП")),
                ("payer_iban", models.CharField(blank=True, max_length=34, verbose_name="счёт")),
                ("reference", models.CharField(blank=True, max_length=60, verbose_name="номер документа")),
                ("purpose", models.TextField(blank=True, verbose_name="назначение")),
                ("source_key", models.CharField(editable=False, max_length=200, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(default=sipcabinet.lib.clock.now, editable=False, verbose_name="записано"),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=PROTECT,
                        related_name="returns",
                        to="billing.payment",
                        verbose_name="какой платёж",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(on_delete=PROTECT, to="billing.statementimport", verbose_name="выписка"),
                ),
                (
                    "suspense",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=PROTECT,
                        related_name="returns",
                        to="billing.suspensepayment",
                        verbose_name="какой невыясненный платёж",
                    ),
                ),
            ],
            options={"verbose_name": "возврат платежа", "verbose_name_plural": "возвраты платежей"},
        ),
        migrations.AddConstraint(
            model_name="paymentreturn",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="return_amount"),
        ),
        migrations.AddConstraint(
            model_name="paymentreturn",
            constraint=models.CheckConstraint(
                condition=models.Q(("payment__isnull", True), ("suspense__isnull", True), _connector="OR"),
                name="return_of_one",
            ),
        ),
        SharedTable("billing_paymentreturn", app="SELECT, INSERT, UPDATE"),
    ]
