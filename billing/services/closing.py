"""The billing run (4.7): check → calculate → review → close the month and issue, in batches of accounts.

Each batch has a separate transaction: after a crash, running it again issues only the missing invoices. Of the
command and the desk's worker (`month_issues.py`) only one issues a month at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import Invoice
from billing.services import invoice_batches, issue_records, issuing
from sipcabinet.lib import clock, durable
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.calls import months
from subscribers.models import CallDailyTotal
from subscribers.selectors import charges, close_checks, prices

log = structlog.get_logger(__name__)
ZERO = Decimal("0.00")
OUTLIER = 2  # a total this many times more or less than in the month before is reported
SILENT_FOR = timedelta(minutes=10)  # longer than the charges of the largest account take
BATCH = 100  # accounts of one transaction
FEW = 10  # so many accounts are issued one by one
Progress = Callable[[], object]


class CloseError(DomainError):
    """The month may not be closed now."""

    code = "close.refused"

    @property
    def may_be_overridden(self) -> bool:
        """Whether staff may close the month nevertheless: calls that wait are charged by a later month, or never."""
        return self.code in {"close.rejects", "close.doubled", "close.held"}


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


class Outcome(StrEnum):
    """How the invoice of one account ended: new, issued before, nothing to charge, or not possible."""

    ISSUED = "issued"
    KNOWN = "known"
    EMPTY = "empty"
    FAILED = "failed"


@dataclass(slots=True)
class Run:
    """The result of a run over `count` accounts: newly issued invoices, invoices that existed already (`known`), and
    failed accounts."""

    count: int = 0
    issued: int = 0
    known: int = 0
    failures: list[Failure] = field(default_factory=list)


def check(*, month: Month, despite_rejects: bool = False) -> None:
    """Raises the first of the `obstacles`; without a VAT rate raises VatMissingError. With `despite_rejects` those
    that may be overridden are ignored."""
    for obstacle in obstacles(month):
        if not (despite_rejects and isinstance(obstacle, CloseError) and obstacle.may_be_overridden):
            raise obstacle


def obstacles(month: Month) -> list[DomainError]:
    """Why the month may not be closed: it has not ended, an earlier month is open, there is no VAT rate, an import is
    running, calls have no price, come from two sources, are on hold or wait as rejected. The calls of a closed month
    are settled."""
    last = months.last_closed()
    if clock.now() < month.end:
        return [CloseError(_("%(month)s ещё не закончился") % {"month": month.label_title}, code="close.not_over")]
    if last is not None and month > last.shift(1):
        message = _("Сначала закройте %(month)s") % {"month": last.shift(1).label}
        return [CloseError(message, code="close.earlier_open")]
    found: list[DomainError] = []
    try:
        prices.vat_percent(month)
    except prices.VatMissingError as missing:
        found.append(missing)
    return found if months.closed(month) else [*found, *_of_calls(month)]


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
    """Closes the month for calls, then issues the missing invoices, each batch of accounts in a separate transaction.

    A failed account does not stop the others. Raises the errors of `months.close`, and CloseError while another
    process issues the month's invoices.
    """
    with durable.alone(lock_name(month), silent_for=SILENT_FOR) as mine:
        if not mine:
            message = _(
                "Счета за %(month)s уже выставляет другой процесс. Дождитесь его или остановите на странице месяца"
            )
            raise CloseError(message % {"month": month.label}, code="close.running")
        months.close(month)
        done = _run(month, accounts(month, account), progress)
        if account is None:
            issue_records.of_command(month, done.count, [(one.account, one.message) for one in done.failures])
    log.info("close.finished", month=month.code, issued=done.issued, known=done.known, failed=len(done.failures))
    return done


def lock_name(month: Month) -> str:
    """The lock of the process that issues the month's invoices (`durable.alone`)."""
    return f"close {month.code}"


def accounts(month: Month, account: Account | None = None) -> Sequence[Account]:
    """Accounts that may have something to pay for in the month, sorted by number."""
    if account is not None:
        return [account]
    # Late calls are charged to the account that made them, however long ago it was closed.
    late = CallDailyTotal.objects.filter(charged_in=month.first_day, account=OuterRef("pk"))
    open_then = Q(closed_on__isnull=True) | Q(closed_on__gte=month.first_day) | Q(Exists(late))
    rows = Account.objects.filter(open_then, opened_on__lt=month.shift(1).first_day)
    return list(rows.select_related("customer").order_by("number"))


def issue(account: Account, month: Month, issued_on: date) -> tuple[Outcome, str]:
    """Issues the account's invoice of a closed month in its own transaction, and says how it ended; never raises an
    error of one account. The text is the reason of a failure."""
    if Invoice.objects.filter(account=account, month=month.first_day).exists():
        return Outcome.KNOWN, ""
    try:
        invoice = issuing.issue(account=account, month=month, issued_on=issued_on)
    except DomainError as refusal:
        return Outcome.FAILED, refusal.message
    except (OperationalError, InterfaceError):
        raise  # the database is away: no account can be issued
    except Exception as error:  # an error of one account must not stop the invoices of the others
        log.exception("close.account_failed", account_id=account.pk, month=month.code)
        return Outcome.FAILED, f"{type(error).__name__}: {error}"
    return (Outcome.ISSUED, "") if invoice is not None else (Outcome.EMPTY, "")


def batches(every: Sequence[Account]) -> Iterator[Sequence[Account]]:
    """The accounts in their order, BATCH at a time; a few accounts one by one."""
    size = BATCH if len(every) > FEW else 1
    for start in range(0, len(every), size):
        yield every[start : start + size]


def issue_batch(batch: Sequence[Account], month: Month, issued_on: date) -> dict[int, tuple[Outcome, str]]:
    """Issues the invoices of several accounts of a closed month in one transaction; says by primary key how those
    ended that could be issued so. The others, and all after an error, are left to `issue`, one by one."""
    try:
        done = invoice_batches.issue(accounts=[one.pk for one in batch], month=month, issued_on=issued_on)
    except (OperationalError, InterfaceError):
        raise  # the database is away: no account can be issued
    except Exception:  # `issue` finds the account that it comes from
        log.exception("close.batch_failed", month=month.code, first=batch[0].pk, accounts=len(batch))
        return {}
    return {pk: _outcome(one) for pk, one in done.items()}


def _outcome(done: Invoice | DomainError | None) -> tuple[Outcome, str]:
    if isinstance(done, DomainError):
        return Outcome.FAILED, done.message
    return (Outcome.EMPTY if done is None else Outcome.ISSUED), ""


def stands_out(before: Decimal | None, now: Decimal | None) -> bool:
    """Whether staff must look at a total: there was or is none, or it changed more than OUTLIER times."""
    if before is None or now is None:
        return True
    return now > before * OUTLIER or now * OUTLIER < before


def _run(month: Month, every: Sequence[Account], progress: Progress | None) -> Run:
    done, issued_on = Run(count=len(every)), clock.today()
    for batch in batches(every):
        outcomes = issue_batch(batch, month, issued_on) if len(batch) > 1 else {}
        for one in batch:
            outcome, message = outcomes.get(one.pk) or issue(one, month, issued_on)
            done.issued += outcome is Outcome.ISSUED
            done.known += outcome is Outcome.KNOWN
            if outcome is Outcome.FAILED:
                done.failures.append(Failure(one, message))
            if progress:
                progress()
    return done


def _of_calls(month: Month) -> list[CloseError]:
    found = close_checks.of(month)
    messages = {
        "close.imports": (found.imports, _("Идёт импорт звонков: %(count)d")),
        "close.unrated": (found.unrated, _("Есть звонки без цены: %(count)d")),
        "close.doubled": (found.doubled, _("Звонки от двух источников: %(count)d. Разберите «Повторы звонков»")),
        "close.held": (found.held, _("Слишком длинные звонки ждут решения: %(count)d. Разберите «Звонки на проверке»")),
        "close.rejects": (
            found.waiting,
            _("Ждут разбора отклонённые записи о звонках: %(count)d. Разберите их"),
        ),
    }
    return [CloseError(message % {"count": count}, code=code) for code, (count, message) in messages.items() if count]


def _add(found: Calculation, account: Account, month: Month) -> None:
    counted = charges.of_account(account, month)
    if not counted:
        return
    net = sum((one.net for one in counted.values()), ZERO)
    vat = sum((one.vat for one in counted.values()), ZERO)
    found.net, found.vat = found.net + net, found.vat + vat
    found.totals[account.pk] = net + vat


def _outliers(found: Calculation, month: Month, account: Account | None) -> list[Outlier]:
    before = Invoice.objects.filter(month=month.shift(-1).first_day)
    if account is not None:
        before = before.filter(account=account)
    totals = dict(before.values_list("account_id", "total"))
    failed = {failure.account.pk for failure in found.failures}
    names = Account.objects.select_related("customer").in_bulk(totals.keys() | found.totals.keys())
    pairs = ((pk, totals.get(pk), found.totals.get(pk)) for pk in sorted(names, key=lambda pk: names[pk].number))
    return [Outlier(names[pk], was, now) for pk, was, now in pairs if pk not in failed and stands_out(was, now)]
