"""The billing run (4.7): check → calculate → review → close the month and issue, account by account.

Each account has a separate transaction: after a crash, running it again issues only the missing invoices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import structlog
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import Invoice
from billing.services import issuing
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.calls import months
from subscribers.models import CallDailyTotal
from subscribers.selectors import charges, close_checks, prices

log = structlog.get_logger(__name__)
ZERO = Decimal("0.00")
OUTLIER = 2  # a total this many times more or less than in the month before is reported
Progress = Callable[[], object]


class CloseError(DomainError):
    """The month may not be closed now."""

    code = "close.refused"


@dataclass(frozen=True, slots=True)
class Outlier:
    """An account whose total, BYN with VAT, differs much from the month before; None: no invoice in that month."""

    account: Account
    before: Decimal | None
    now: Decimal | None


@dataclass(frozen=True, slots=True)
class Failure:
    """An account that cannot be billed, with the reason."""

    account: Account
    message: str


@dataclass(slots=True)
class Calculation:
    """The month's result: sums of all accounts, BYN, the count of issued invoices, and what staff should check."""

    month: Month
    net: Decimal = ZERO
    vat: Decimal = ZERO
    totals: dict[int, Decimal] = field(default_factory=dict)  # with VAT, by account
    issued: int = 0
    outliers: list[Outlier] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def accounts(self) -> int:
        """How many accounts have charges."""
        return len(self.totals)

    @property
    def total(self) -> Decimal:
        return self.net + self.vat


@dataclass(slots=True)
class Run:
    """The result of a run: newly issued invoices, invoices that existed already (`known`), and failed accounts."""

    issued: int = 0
    known: int = 0
    failures: list[Failure] = field(default_factory=list)


def check(*, month: Month, despite_rejects: bool = False) -> None:
    """Raises CloseError if the month may not be closed: it has not ended, an earlier month is open, an import is
    running, calls came from two sources, or rejected calls wait (ignored with `despite_rejects`). Without a VAT rate
    raises VatMissingError."""
    if clock.now() < month.end:
        raise CloseError(_("%(month)s ещё не закончился") % {"month": month.label_title}, code="close.not_over")
    last = months.last_closed()
    if last is not None and month > last.shift(1):
        message = _("Сначала закройте %(month)s") % {"month": last.shift(1).label}
        raise CloseError(message, code="close.earlier_open")
    prices.vat_percent(month)
    if not months.closed(month):
        _check_calls(month, despite_rejects=despite_rejects)


def calculate(*, month: Month, account: Account | None = None, progress: Progress | None = None) -> Calculation:
    """Counts the month's charges of every account (frozen charges are used as stored); writes nothing."""
    found = Calculation(month)
    issued = dict(Invoice.objects.filter(month=month.first_day).values_list("account_id", "total"))
    for one in accounts(month, account):
        try:
            _add(found, one, month)
        except DomainError as refusal:
            found.failures.append(Failure(one, refusal.message))
        found.issued += one.pk in issued
        if progress:
            progress()
    found.outliers = _outliers(found, month, account)
    return found


def run(*, month: Month, account: Account | None = None, progress: Progress | None = None) -> Run:
    """Closes the month for calls, then issues the missing invoices, each account in a separate transaction.

    A failed account does not stop the others. Raises the errors of `months.close`.
    """
    months.close(month)
    done, issued_on = Run(), clock.today()
    for one in accounts(month, account):
        _issue(one, month, issued_on, done)
        if progress:
            progress()
    log.info("close.finished", month=month.code, issued=done.issued, known=done.known, failed=len(done.failures))
    return done


def accounts(month: Month, account: Account | None = None) -> Sequence[Account]:
    """Accounts that may have something to pay for in the month, sorted by number."""
    if account is not None:
        return [account]
    # Late calls are charged to the account that made them, however long ago it was closed.
    late = CallDailyTotal.objects.filter(charged_in=month.first_day, account=OuterRef("pk"))
    open_then = Q(closed_on__isnull=True) | Q(closed_on__gte=month.first_day) | Q(Exists(late))
    rows = Account.objects.filter(open_then, opened_on__lt=month.shift(1).first_day)
    return list(rows.select_related("customer").order_by("number"))


def _check_calls(month: Month, *, despite_rejects: bool) -> None:
    found = close_checks.of(month)
    if found.imports:
        raise CloseError(_("Идёт импорт звонков: %(count)d") % {"count": found.imports}, code="close.imports")
    if found.unrated:
        raise CloseError(_("Есть звонки без цены: %(count)d") % {"count": found.unrated}, code="close.unrated")
    if found.doubled and not despite_rejects:
        message = _("Звонки от двух источников: %(count)d. Разберите «Повторы звонков» или добавьте --despite-rejects")
        raise CloseError(message % {"count": found.doubled}, code="close.doubled")
    if found.waiting and not despite_rejects:
        message = _("Ждут разбора отклонённые записи о звонках: %(count)d. Разберите их или добавьте --despite-rejects")
        raise CloseError(message % {"count": found.waiting}, code="close.rejects")


def _add(found: Calculation, account: Account, month: Month) -> None:
    counted = charges.of_account(account, month)
    if not counted:
        return
    net = sum((one.net for one in counted.values()), ZERO)
    vat = sum((one.vat for one in counted.values()), ZERO)
    found.net, found.vat = found.net + net, found.vat + vat
    found.totals[account.pk] = net + vat


def _issue(account: Account, month: Month, issued_on: date, done: Run) -> None:
    if Invoice.objects.filter(account=account, month=month.first_day).exists():
        done.known += 1
        return
    try:
        invoice = issuing.issue(account=account, month=month, issued_on=issued_on)
    except DomainError as refusal:
        done.failures.append(Failure(account, refusal.message))
    except Exception as error:  # an error of one account must not stop the invoices of the others
        log.exception("close.account_failed", account_id=account.pk, month=month.code)
        done.failures.append(Failure(account, f"{type(error).__name__}: {error}"))
    else:
        done.issued += invoice is not None


def _outliers(found: Calculation, month: Month, account: Account | None) -> list[Outlier]:
    before = Invoice.objects.filter(month=month.shift(-1).first_day)
    if account is not None:
        before = before.filter(account=account)
    totals = dict(before.values_list("account_id", "total"))
    failed = {failure.account.pk for failure in found.failures}
    names = Account.objects.select_related("customer").in_bulk(totals.keys() | found.totals.keys())
    pairs = ((pk, totals.get(pk), found.totals.get(pk)) for pk in sorted(names, key=lambda pk: names[pk].number))
    return [Outlier(names[pk], was, now) for pk, was, now in pairs if pk not in failed and _stands_out(was, now)]


def _stands_out(before: Decimal | None, now: Decimal | None) -> bool:
    if before is None or now is None:
        return True
    return now > before * OUTLIER or now * OUTLIER < before
