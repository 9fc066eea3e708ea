"""What uses an imported statement, so that it cannot be undone, and what undoing it would do (4.6)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import Account, User
from billing.models import (
    Adjustment,
    AdjustmentKind,
    Invoice,
    LedgerEntry,
    MoneyProposal,
    Payment,
    PaymentReturn,
    ProposalState,
    ReconciliationAct,
    ReturnState,
    StatementImport,
    SuspensePayment,
    SuspenseRefund,
    SuspenseRefundState,
)
from billing.selectors import statement_coverage
from billing.selectors.balance import ZERO
from sipcabinet.lib import clock


@dataclass(frozen=True, slots=True)
class AccountEffect:
    """What an account loses, and its balance before and after, BYN."""

    account: Account
    amount: Decimal
    before: Decimal

    @property
    def after(self) -> Decimal:
        return self.before - self.amount


@dataclass(frozen=True, slots=True)
class UndoEffect:
    """What undoing would do. `through`: the day up to which statements are complete, now and then."""

    payments: int
    accounts: Sequence[AccountEffect]
    suspended: int
    returns: int
    through: date | None
    through_then: date | None

    @property
    def total(self) -> Decimal:
        return sum((one.amount for one in self.accounts), ZERO)

    @property
    def needs_other(self) -> bool:
        """Whether the sum is above the limit of one person: whoever imported the statement may not undo it."""
        return self.total > settings.SECOND_PERSON_LIMIT


def effect(row: StatementImport) -> UndoEffect:
    """Reads the effect; 7 queries, however many payments there are."""
    paid = Payment.objects.filter(statement=row)
    sums = dict(paid.order_by().values_list("account").annotate(sum=Sum("amount")))
    before = dict(
        LedgerEntry.objects.filter(account__in=sums).order_by().values_list("account").annotate(sum=Sum("amount"))
    )
    accounts = Account.objects.filter(pk__in=sums).select_related("customer").order_by("number")
    return UndoEffect(
        paid.count(),
        [AccountEffect(one, sums[one.pk], before.get(one.pk, ZERO)) for one in accounts],
        SuspensePayment.objects.filter(statement=row).count(),
        PaymentReturn.objects.filter(statement=row).count(),
        statement_coverage.complete_through(),
        statement_coverage.complete_through(without=row),
    )


def may_not(row: StatementImport, person: User) -> str:
    """Why this person may not undo the statement although nothing uses it; empty if he may."""
    if row.imported_by_id != person.pk or not effect(row).needs_other:
        return ""
    return _("Вы сами загрузили эту выписку, а её платежи больше предела одного сотрудника: отменить должен другой.")


def uses(row: StatementImport) -> list[str]:
    """Why the statement cannot be undone, each reason a sentence; empty if nothing uses it."""
    if row.undone_at is not None:
        return [_("Эта выписка уже отменена: %(at)s.") % {"at": clock.show_moment(row.undone_at)}]
    return list(_uses(row))


def _uses(row: StatementImport) -> Iterator[str]:
    if row.credits + row.debits and not row.lines.exists():
        yield _(
            "Её загрузила прежняя версия кабинета, которая не хранила документы выписки: исправьте платежи по одному."
        )
    if (later := _later(row).order_by("-pk").first()) is not None:
        told = {"file": later.file_name, "at": clock.show_moment(later.imported_at)}
        yield _("Её продолжает другая выписка этого счёта: %(file)s, загружена %(at)s. Сначала отмените её.") % told
    paid = Payment.objects.filter(statement=row)
    yield from _changed(paid)
    yield from _decided(row, paid)
    yield from _shown(row, paid)


def _later(row: StatementImport) -> QuerySet[StatementImport]:
    """Statements of the same account that were imported later: their documents and balances go on from this one's.

    The order of imports and not of days: a statement that filled a gap can then be undone, too.
    """
    return StatementImport.objects.filter(iban=row.iban, undone_at__isnull=True, pk__gt=row.pk)


def _changed(paid: QuerySet[Payment]) -> Iterator[str]:
    """Payments that staff have moved, cancelled or refunded, or want to."""
    taken = Adjustment.objects.filter(payment__in=paid).values("payment").distinct().count()
    if taken:
        yield _("Платежей, которые уже перенесли, отменили или вернули: %(count)d.") % {"count": taken}
    waits = MoneyProposal.objects.filter(state=ProposalState.WAITING, payment__in=paid).count()
    if waits:
        yield _("Платежей, о которых предложение ждёт второго сотрудника: %(count)d.") % {"count": waits}


def _decided(row: StatementImport, paid: QuerySet[Payment]) -> Iterator[str]:
    """Credits in suspense and debits of the bank that staff, or the import itself, have decided."""
    held = SuspensePayment.objects.filter(statement=row)
    if decided := held.filter(resolved_at__isnull=False).count():
        yield _("Невыясненных платежей, которые уже разобраны: %(count)d.") % {"count": decided}
    if SuspenseRefund.objects.filter(suspense__in=held, state=SuspenseRefundState.WAITING).exists():
        yield _("Возврат невыясненного платежа плательщику ждёт второго сотрудника.")
    debits = PaymentReturn.objects.filter(statement=row)
    if settled := debits.filter(state=ReturnState.SETTLED).count():
        yield _("Списаний, связанных с возвратом или уже разобранных: %(count)d.") % {"count": settled}
    if MoneyProposal.objects.filter(state=ProposalState.WAITING, payment_return__in=debits).exists():
        yield _("Предложение о списании банка ждёт второго сотрудника.")
    others = PaymentReturn.objects.exclude(statement=row).filter(statement__undone_at__isnull=True)
    if others.filter(Q(payment__in=paid) | Q(suspense__in=held)).exists():
        yield _("Списание другой выписки возвращает её платёж.")


def _shown(row: StatementImport, paid: QuerySet[Payment]) -> Iterator[str]:
    """Documents of the accounts that already show the payments, and refunds of what they left over."""
    since: Any = paid.aggregate(day=Min("received_on"))["day"]
    if since is None:
        return
    accounts = paid.values("account")
    issued = Invoice.objects.filter(account__in=accounts, issued_at__gte=row.imported_at).order_by("pk")
    if (count := issued.count()) and (first := issued.first()) is not None:
        yield _("Её платежи уже показаны в счетах и актах: %(count)d, первый № %(number)s.") % {
            "count": count, "number": first.number,
        }  # fmt: skip
    acts = ReconciliationAct.objects.filter(account__in=accounts, made_at__gte=row.imported_at, last_day__gte=since)
    if count := acts.count():
        yield _("Её платежи уже показаны в актах сверки: %(count)d.") % {"count": count}
    back = Adjustment.objects.filter(account__in=accounts, kind=AdjustmentKind.REFUND, created_at__gte=row.imported_at)
    if back.filter(payment__isnull=True).exists():
        yield _("После неё вернули переплату, в которую вошли её платежи.")
