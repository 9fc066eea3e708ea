"""What a checked statement would do, as the page shows it: by account, and document by document (4.6)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import DebtRestriction, LedgerEntry
from billing.selectors.balance import ZERO
from billing.services.statements import Fate, Outcome, Taken
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet


@dataclass(frozen=True, slots=True)
class Share:
    """What an account would get: payments, their sum, its balance before and after (BYN), and whether its outgoing
    calls are restricted for debt now."""

    account: Account
    count: int
    amount: Decimal
    before: Decimal
    is_restricted: bool

    @property
    def after(self) -> Decimal:
        return self.before + self.amount


@dataclass(frozen=True, slots=True)
class Check:
    """A statement's credits by outcome, and the accounts that would get money. BYN."""

    found: Taken
    shares: Sequence[Share]

    @property
    def suspended(self) -> list[Outcome]:
        return self.of(Fate.SUSPENDED)

    @property
    def duplicates(self) -> list[Outcome]:
        return self.of(Fate.DUPLICATE)

    @property
    def counts(self) -> dict[str, int]:
        return {fate.value: self.found.count(fate) for fate in Fate} | {"returns": len(self.found.returns)}

    @property
    def sums(self) -> dict[str, Decimal]:
        return {fate.value: self.found.total(fate) for fate in Fate}

    @property
    def credits(self) -> Decimal:
        return sum((one.credit for one in self.found.statement.movements), ZERO)

    @property
    def debits(self) -> Decimal:
        return sum((one.debit for one in self.found.statement.movements), ZERO)

    def of(self, fate: Fate) -> list[Outcome]:
        return [one for one in self.found.outcomes if one.fate == fate]


def check(found: Taken) -> Check:
    """The check of a rehearsed statement; two queries, however many documents it has."""
    told: dict[int, list[Outcome]] = defaultdict(list)
    for one in found.outcomes:
        if one.fate == Fate.BOOKED and one.account:
            told[one.account.pk].append(one)
    balances = _balances(told)
    barred = set(DebtRestriction.objects.filter(account__in=told, lifted_at=None).values_list("account", flat=True))
    shares = [
        Share(
            account,
            len(rows),
            sum((one.movement.credit for one in rows), ZERO),
            balances.get(pk, ZERO),
            pk in barred,
        )
        for pk, rows in told.items()
        if (account := rows[0].account) is not None
    ]
    return Check(found, sorted(shares, key=lambda share: (-share.amount, share.account.number)))


def _balances(accounts: Mapping[int, object]) -> dict[int, Decimal]:
    rows = LedgerEntry.objects.filter(account__in=accounts).order_by().values_list("account")
    return dict(rows.annotate(sum=Sum("amount")))


def words(one: Outcome) -> str:
    """What would happen to a credit."""
    if one.fate == Fate.DUPLICATE:
        return _("повтор: уже загружен")
    if one.account is not None:
        return _("на лицевой счёт %(number)s") % {"number": one.account.number}
    return _("не распознан: %(why)s") % {"why": one.reason}


def sheet(file_name: str) -> Sheet:
    """The check as a file: a row for each credit and each debit that looks like a return."""
    columns = [
        Column(_("Дата"), CellKind.DATE, 12),
        Column(_("Поступило, BYN"), CellKind.MONEY, 16),
        Column(_("Списано, BYN"), CellKind.MONEY, 16),
        Column(_("Номер документа"), width=18),
        Column(_("Плательщик"), width=36),
        Column(_("УНП"), width=14),
        Column(_("Назначение"), width=60),
        Column(_("Лицевой счёт"), width=16),
        Column(_("Что с ним"), width=60),
    ]
    return Sheet(_("Выписка банка"), columns, head=[(_("Файл"), file_name)])


def rows(found: Taken) -> Iterator[list[Cell]]:
    """Rows of the check's file."""
    for one in found.outcomes:
        it, number = one.movement, one.account.number if one.account else ""
        yield [it.day, it.credit, None, it.reference, it.payer_name, it.payer_unp, it.purpose, number, words(one)]
    for debit in found.returns:
        it = debit.movement
        told = _("похоже на возврат: %(why)s") % {"why": debit.kind.label}
        yield [it.day, None, it.debit, it.reference, it.payer_name, it.payer_unp, it.purpose, "", told]
