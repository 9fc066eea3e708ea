from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models.adjustment import Adjustment
from billing.models.invoice import Correction, Invoice
from billing.models.payment import Payment
from billing.models.payment_return import PaymentReturn
from billing.models.second_person import DECIDED, TWO_PEOPLE, SecondPerson
from sipcabinet.lib import money


class ProposalKind(models.TextChoices):
    """What staff propose to do with money. All but the correction are kinds of Adjustment, with equal codes."""

    CORRECTION = "correct", _("корректировка счёта")
    MOVE = "move", _("перенос платежа")
    REVERSAL = "reversal", _("отмена платежа")
    REFUND = "refund", _("возврат переплаты")
    WRITE_OFF = "writeoff", _("списание долга")


_MADE = Q(adjustment__isnull=False) | Q(correction__isnull=False)


class MoneyProposal(SecondPerson):
    """предложение: what a person of the staff wants to do with a customer's money, and who decided (4.12).

    `weight` is what the limit counts: the amount, of a correction all that it adds and takes off; what is counted is
    the money of these accounts. A proposal that one person may carry out is done in the transaction that writes it.
    `account` loses the money, or is the account of the invoice; `to_account` gets a moved payment. `terms` are the
    checked inputs of a correction. `payment_return` is the debit of the bank that the proposal settles. A trigger
    allows one change: the decision about a waiting row. `adjustment` or `correction` is what a done proposal made.
    """

    kind = models.CharField(_("вид"), max_length=8, choices=ProposalKind.choices)
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="proposals", db_index=False, verbose_name=_("лицевой счёт")
    )
    to_account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("на лицевой счёт")
    )
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="proposals", verbose_name=_("платёж")
    )
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="proposals", verbose_name=_("счёт")
    )
    payment_return = models.ForeignKey(
        PaymentReturn, models.PROTECT, null=True, blank=True, related_name="proposals",
        verbose_name=_("возврат платежа"),
    )  # fmt: skip
    amount = models.DecimalField(_("сумма, BYN"), max_digits=14, decimal_places=2)
    weight = models.DecimalField(max_digits=14, decimal_places=2, editable=False)
    terms = models.JSONField(_("условия"), default=dict, editable=False)
    document_number = models.CharField(_("номер документа"), max_length=60, blank=True)
    document_date = models.DateField(_("дата документа"), null=True, blank=True)
    adjustment = models.OneToOneField(
        Adjustment, models.PROTECT, null=True, blank=True, related_name="proposal", verbose_name=_("поправка")
    )
    correction = models.OneToOneField(
        Correction, models.PROTECT, null=True, blank=True, related_name="proposal", verbose_name=_("корректировка")
    )
    dedupe_key = models.CharField(max_length=100, unique=True, editable=False)

    class Meta:
        verbose_name = _("предложение о деньгах")
        verbose_name_plural = _("предложения о деньгах")
        default_permissions = ("add", "view")
        permissions = [("confirm_money", _("Может подтверждать чужие предложения о деньгах"))]
        constraints = [
            models.CheckConstraint(name="proposal_decided", condition=DECIDED),
            models.CheckConstraint(name="proposal_two_people", condition=TWO_PEOPLE),
            models.CheckConstraint(
                name="proposal_made",
                condition=Q(state="done") & _MADE & ~Q(adjustment__isnull=False, correction__isnull=False)
                | ~Q(state="done") & ~_MADE,
            ),
            models.CheckConstraint(
                name="proposal_amount", condition=Q(amount__gte=0, weight__gte=F("amount"), counted__gte=F("weight"))
            ),
            models.CheckConstraint(
                name="proposal_terms",
                condition=Q(kind="move", payment__isnull=False, to_account__isnull=False, invoice__isnull=True)
                & ~Q(to_account=F("account"))
                | Q(kind="reversal", payment__isnull=False, to_account__isnull=True, invoice__isnull=True)
                | Q(kind="refund", to_account__isnull=True, invoice__isnull=True)
                | Q(kind="writeoff", payment__isnull=True, to_account__isnull=True, invoice__isnull=True)
                | Q(kind="correct", payment__isnull=True, to_account__isnull=True, invoice__isnull=False),
            ),
            # The same thing is not proposed again while it waits.
            models.UniqueConstraint(name="proposal_waits_of_payment", fields=["payment"], condition=Q(state="waiting")),
            models.UniqueConstraint(name="proposal_waits_of_invoice", fields=["invoice"], condition=Q(state="waiting")),
            models.UniqueConstraint(
                name="proposal_waits_of_return", fields=["payment_return"], condition=Q(state="waiting")
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-proposed_at", "-id"], name="proposal_of_account"),
            models.Index(fields=["proposed_at", "id"], condition=Q(state="waiting"), name="proposal_waiting"),
            models.Index(fields=["proposed_by", "-proposed_at"], name="proposal_of_person"),
            models.Index(fields=["-proposed_at", "-id"], name="proposal_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {money.show_byn(self.amount)}"
