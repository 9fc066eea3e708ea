"""Calculates a month in the background, part by part, for the review before its close (4.7). Writes no money.

Each part is one transaction: the drafts of its accounts, the sums so far, and how far the work is. A killed worker's
successor goes on after the last part.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account
from accounts.services import audit
from billing.models import AccountDraft, DraftMark, Invoice, MonthCalculation
from billing.selectors import month_changes
from billing.services import closing
from sipcabinet.lib import clock, constraints, durable, money
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.charges import ChargeKind, Charges
from subscribers.models import AccountMonth, CallDailyTotal, CallDirection, Charge
from subscribers.selectors import charge_facts, charges
from subscribers.selectors.charge_facts import ManyFacts

log = structlog.get_logger(__name__)
DRAIN_TASK = "billing.drain_month_calculations"
LEASE = timedelta(minutes=10)  # longer than a part of the largest accounts takes
PART = 100  # accounts of one transaction
ZERO = Decimal("0.00")
Key = tuple[str, int, str]  # kind, key, month of late calls
Items = dict[Key, tuple[str, Decimal]]  # the name and the net sum


class CalculationError(DomainError):
    """The month cannot be calculated."""

    code = "calculation.refused"


def order(*, month: Month, by: Actor) -> MonthCalculation:
    """Orders a calculation, due at once. Raises CalculationError for a month that has not begun, and while another
    calculation of the month goes on (two clerks at once: the other one is told)."""
    if month > Month.current():
        raise CalculationError(_("%(month)s ещё не начался") % {"month": month.label_title}, code="calculation.early")
    with transaction.atomic():
        row = _ordered(month, by)
        told = _("Заказан расчёт: %(month)s") % {"month": month.label}
        audit.record(
            action="month.calculated", user=by.user, summary=told, details={"month": month.code}, address=by.address
        )
        durable.hint(DRAIN_TASK)
    return row


def drain() -> int:
    """Works on every due calculation; returns how many were claimed."""
    return durable.drain(lambda: durable.claim(MonthCalculation, lease=LEASE), work)


def work(calculation: MonthCalculation) -> None:
    """Counts the accounts that are left, then replaces the earlier calculations of the month. Raises ClaimLost."""
    month = calculation.period
    every = closing.accounts(month)
    _begin(calculation, month, len(every))
    left = [one for one in every if one.number > calculation.after]
    for start in range(0, len(left), PART):
        with transaction.atomic():
            durable.renew(calculation, lease=LEASE)
            _count_part(calculation, month, left[start : start + PART])
    with transaction.atomic():
        _add_lost(calculation, month)
        earlier = MonthCalculation.objects.filter(month=calculation.month, pk__lt=calculation.pk)
        AccountDraft.objects.filter(calculation__in=earlier).delete()
        earlier.delete()
        marks = calculation.drafts.order_by().values_list("mark").annotate(count=Count("pk"))
        durable.finish(calculation, marks=dict(marks))
    log.info("calculation.finished", month=month.code, accounts=len(every))


def _ordered(month: Month, by: Actor) -> MonthCalculation:
    def running() -> CalculationError:
        return CalculationError(_("Этот месяц уже считается"), code="calculation.running")

    with constraints.refused(running, "one_calculation_at_a_time"):
        return MonthCalculation.objects.create(month=month.first_day, ordered_by=by.user)


def _begin(calculation: MonthCalculation, month: Month, whole: int) -> None:
    """Writes once when the calculation began, and the marks of what it reads."""
    if calculation.started_at is None:
        calculation.started_at = clock.now()
        calculation.made_of = month_changes.marks(month).stored
    calculation.whole = whole
    calculation.save(update_fields=["started_at", "made_of", "whole"])


@dataclass(slots=True)
class _Part:
    """What is known of the accounts of a part, by account: totals and items of the months before; `closed` ones have
    stored charges of this month. `facts` of all is None without a VAT rate."""

    month: Month
    facts: ManyFacts | None
    closed: Collection[int]
    totals: Mapping[tuple[int, Any], Decimal]
    items: Mapping[tuple[int, Any], Items]
    sums: dict[Key, list[Any]] = field(default_factory=dict)

    def before(self, account: Account, months: int) -> Decimal | None:
        return self.totals.get((account.pk, self.month.shift(-months).first_day))

    def items_before(self, account: Account) -> Items:
        return self.items.get((account.pk, self.month.shift(-1).first_day), {})


def _count_part(calculation: MonthCalculation, month: Month, accounts: Sequence[Account]) -> None:
    closed = AccountMonth.objects.filter(account__in=accounts, month=month.first_day).values_list(
        "account_id", flat=True
    )
    facts = _facts(month, accounts)
    part = _Part(month, facts, set(closed), _totals(month, accounts), _items_before(month, accounts))
    drafts = [_draft(calculation, part, account) for account in accounts]
    AccountDraft.objects.bulk_create(drafts)
    _add_before(part)
    _keep_lines(calculation, part)
    calculation.net += sum((one.net for one in drafts), ZERO)
    calculation.vat += sum((one.vat for one in drafts), ZERO)
    calls, seconds = (facts.answered, facts.billed_seconds) if facts else _called(month, accounts)
    calculation.calls += calls
    calculation.seconds += seconds
    calculation.done += len(accounts)
    calculation.after = accounts[-1].number
    calculation.attempts = 0  # a part is an outcome: only a worker that dies again and again in one part uses up claims
    calculation.save(update_fields=["net", "vat", "calls", "seconds", "done", "after", "lines", "attempts"])


def _draft(calculation: MonthCalculation, part: _Part, account: Account) -> AccountDraft:
    before, earlier = part.before(account, 1), part.before(account, 2)
    draft = AccountDraft(calculation=calculation, account=account, before=before, earlier=earlier)
    try:
        counted = _counted(part, account)
    except DomainError as refusal:
        draft.mark, draft.why = DraftMark.FAILED, refusal.message[:300]
        return draft
    except DatabaseError:
        raise  # the transaction of the part is broken
    except Exception as error:  # an error of one account must not stop the calculation of the others
        log.exception("calculation.account_failed", account_id=account.pk, month=part.month.code)
        draft.mark, draft.why = DraftMark.FAILED, type(error).__name__
        return draft
    items = _items(counted)
    _add(part, items, 0)
    taxed = money.Taxed.sum_of(line for one in counted.values() for line in one.lines)
    draft.net, draft.vat = taxed.net, taxed.vat
    draft.by_kind = _by_kind(items)
    draft.mark = _mark(before, draft.total if counted else None)
    draft.weight = abs(draft.total - (before or ZERO))
    if draft.mark in {DraftMark.UP, DraftMark.DOWN}:
        draft.why = _why(items, part.items_before(account), up=draft.mark == DraftMark.UP)
    return draft


def _counted(part: _Part, account: Account) -> dict[int, Charges]:
    if part.facts is None or account.pk in part.closed:
        return charges.of_account(account, part.month)
    return part.facts.charges(account.pk)


def _facts(month: Month, accounts: Sequence[Account]) -> ManyFacts | None:
    try:
        prices = charge_facts.prices_of(month)
    except DomainError:
        return None  # each account then says why it cannot be counted
    return charge_facts.of_accounts([one.pk for one in accounts], month, prices)


def _called(month: Month, accounts: Sequence[Account]) -> tuple[int, int]:
    rows = CallDailyTotal.objects.filter(account__in=accounts, charged_in=month.first_day, direction=CallDirection.OUT)
    sums = rows.aggregate(calls=Sum("answered"), seconds=Sum("billed_seconds"))
    return int(sums["calls"] or 0), int(sums["seconds"] or 0)


def _mark(before: Decimal | None, now: Decimal | None) -> DraftMark:
    if now is None:
        return DraftMark.EMPTY if before is None else DraftMark.LOST
    if before is None:
        return DraftMark.NEW
    if closing.stands_out(before, now):
        return DraftMark.UP if now > before else DraftMark.DOWN
    return DraftMark.SAME


def _why(now: Items, before: Items, *, up: bool) -> str:
    """The item that changed most in this direction: `Звонки: Россия 640,00, было 12,00`."""
    none = ("", ZERO)
    changes = {key: now.get(key, none)[1] - before.get(key, none)[1] for key in now.keys() | before.keys()}
    if not changes:
        return ""
    key = (max if up else min)(changes, key=lambda one: (changes[one], one))
    name = (now.get(key) or before[key])[0]
    name = _("Звонки: %(where)s") % {"where": name} if key[0] == ChargeKind.CALLS else name
    sums = [money.show(items.get(key, none)[1]) for items in (now, before)]
    return _("%(name)s %(now)s, было %(before)s") % {"name": name, "now": sums[0], "before": sums[1]}


def _items(counted: Mapping[int, Charges]) -> Items:
    found: Items = {}
    for one in counted.values():
        for line in one.lines:
            key = (line.kind.value, line.key, line.late_of.isoformat() if line.late_of else "")
            found[key] = (line.name, found.get(key, ("", ZERO))[1] + line.net)
    return found


def _by_kind(items: Items) -> dict[str, str]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for (kind, _key, _late), (_name, net) in items.items():
        sums[kind] += net
    return {kind: str(net) for kind, net in sums.items()}


def _totals(month: Month, accounts: Sequence[Account]) -> dict[tuple[int, Any], Decimal]:
    two = [month.shift(-1).first_day, month.shift(-2).first_day]
    rows = Invoice.objects.filter(account__in=accounts, month__in=two)
    return {(account, day): total for account, day, total in rows.values_list("account_id", "month", "total")}


def _items_before(month: Month, accounts: Iterable[Account]) -> dict[tuple[int, Any], Items]:
    """The items of the two months before, from the stored charges of the accounts (by index)."""
    two = [month.shift(-1).first_day, month.shift(-2).first_day]
    rows = Charge.objects.filter(account__in=accounts, month__in=two).order_by()
    sums = rows.values_list("account_id", "month", "kind", "key", "late_of", "name").annotate(sum=Sum("net"))
    found: dict[tuple[int, Any], Items] = defaultdict(dict)
    for account, day, kind, key, late_of, name, net in sums:
        items, at = found[account, day], (kind, key, late_of.isoformat() if late_of else "")
        items[at] = (name, items.get(at, ("", ZERO))[1] + net)
    return dict(found)


def _add(part: _Part, items: Items, place: int) -> None:
    """Adds the items of one account to the sums of the part: 0 this month, 1 and 2 the months before."""
    for key, (name, net) in items.items():
        part.sums.setdefault(key, [name, ZERO, ZERO, ZERO])[1 + place] += net


def _add_before(part: _Part) -> None:
    former = part.month.shift(-1).first_day
    for (_account, first_day), items in part.items.items():
        _add(part, items, 1 if first_day == former else 2)


def _keep_lines(calculation: MonthCalculation, part: _Part) -> None:
    for (kind, key, late), (name, *sums) in part.sums.items():
        line = calculation.lines.setdefault(f"{kind}:{key}:{late}", {"name": name, "sums": ["0.00"] * 3})
        line["sums"] = [str(Decimal(was) + more) for was, more in zip(line["sums"], sums, strict=True)]


def _add_lost(calculation: MonthCalculation, month: Month) -> None:
    """Accounts that are closed and not counted any more: their former sums, and a draft for those that had an invoice
    of the month before."""
    two = [month.shift(-1).first_day, month.shift(-2).first_day]
    gone = Invoice.objects.filter(month__in=two).exclude(account__in=calculation.drafts.values("account"))
    accounts = Account.objects.filter(pk__in=gone.values("account"))
    part = _Part(month, None, (), {}, _items_before(month, accounts))
    _add_before(part)
    _keep_lines(calculation, part)
    calculation.save(update_fields=["lines"])
    why = _("лицевой счёт закрыт")
    lost = gone.filter(month=two[0]).values_list("account_id", "total")
    AccountDraft.objects.bulk_create(
        AccountDraft(
            calculation=calculation, account_id=account, before=total, mark=DraftMark.LOST, weight=total, why=why
        )
        for account, total in list(lost)
    )
