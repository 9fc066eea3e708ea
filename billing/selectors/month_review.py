"""The review of a calculated month: sums by line beside the two months before, and accounts that stand out (4.7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from billing.models import AccountDraft, DraftMark, MonthCalculation
from sipcabinet.lib import keyset, money
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from subscribers.charges import GROUPS, ChargeKind

ZERO = Decimal("0.00")
PAGE_SIZE = 50
FEW = 8  # rows of each list on the page of the month
MANY = Decimal(10)  # per cent: a change of a line that is marked
STANDING_OUT = (DraftMark.UP, DraftMark.DOWN)


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line of the month and of the two months before, net BYN. `share`: the change to the month before in per cent;
    None if there was nothing."""

    name: str
    now: Decimal
    before: Decimal
    earlier: Decimal

    @property
    def difference(self) -> Decimal:
        return self.now - self.before

    @property
    def share(self) -> Decimal | None:
        return self.difference * 100 / self.before if self.before else None

    @property
    def change(self) -> str:
        """`+2,6 %`, `−12,0 %`; a new or gone line is named."""
        share = self.share
        if share is None:
            return _("новое") if self.now else "—"
        sign = "+" if share > 0 else ""
        return f"{sign}{money.show(share, 1)}{money.NBSP}%"

    @property
    def stands_out(self) -> bool:
        """Whether the line changed by more than MANY per cent, or is new or gone."""
        share = self.share
        return bool(self.now or self.before) and (share is None or abs(share) > MANY)


def newest(month: Month) -> MonthCalculation | None:
    """The newest finished calculation of the month; one query by index."""
    rows = MonthCalculation.objects.filter(month=month.first_day, state=JobState.DONE)
    return rows.select_related("ordered_by").order_by("-id").first()


def at_work(month: Month) -> MonthCalculation | None:
    """The calculation that waits or goes on, or that ended with an error after the newest finished one."""
    row = MonthCalculation.objects.filter(month=month.first_day).order_by("-id").first()
    return row if row is not None and row.state != JobState.DONE else None


def by_kind(calculation: MonthCalculation) -> list[LineChange]:
    """Sums by kind of charge, in the order of documents; no query."""
    return [
        LineChange(str(GROUPS[kind]), *_sums(line["sums"] for key, line in calculation.lines.items() if _is(key, kind)))
        for kind in ChargeKind
    ]


def whole(calculation: MonthCalculation) -> LineChange:
    """The sum of all lines; no query."""
    return LineChange(_("Всего без НДС"), *_sums(line["sums"] for line in calculation.lines.values()))


def changed_most(calculation: MonthCalculation, most: int = FEW) -> list[LineChange]:
    """The items whose sums changed most, in BYN; no query."""
    lines = [LineChange(_name(key, line["name"]), *_sums([line["sums"]])) for key, line in calculation.lines.items()]
    return sorted((one for one in lines if one.difference), key=lambda one: -abs(one.difference))[:most]


def first_of(calculation: MonthCalculation, marks: Sequence[DraftMark], most: int = FEW) -> list[AccountDraft]:
    """The accounts with these marks, the greatest change of each mark first; one query by index."""
    parts = [_drafts(calculation).filter(mark=mark).order_by("-weight", "-id")[:most] for mark in marks]
    found = list(parts[0].union(*parts[1:], all=True)) if len(parts) > 1 else list(parts[0])
    prefetch_related_objects(found, "account__customer")
    return sorted(found, key=lambda row: (marks.index(DraftMark(row.mark)), -row.weight, -row.pk))


def page_of(
    calculation: MonthCalculation, *, mark: str = "", account: str = "", onward: str = "", back: str = ""
) -> keyset.Page[AccountDraft]:
    """A page of the accounts with the mark, the greatest change first; without a mark all, by number. With a number
    this account alone."""
    rows = _drafts(calculation).select_related("account__customer")
    if account:
        rows = rows.filter(account__number=account)
    if not mark:
        return keyset.page(rows, order=["id"], size=PAGE_SIZE, onward=onward, back=back)
    return keyset.page(rows.filter(mark=mark), order=["-weight", "-id"], size=PAGE_SIZE, onward=onward, back=back)


def every(calculation: MonthCalculation) -> Iterable[AccountDraft]:
    """All accounts, for a file."""
    rows = _drafts(calculation).select_related("account__customer").order_by("id")
    return rows.iterator(chunk_size=1_000)


def _drafts(calculation: MonthCalculation) -> QuerySet[AccountDraft]:
    return AccountDraft.objects.filter(calculation=calculation)


def _is(key: str, kind: ChargeKind) -> bool:
    return key.partition(":")[0] == kind.value


def _name(key: str, name: str) -> str:
    return _("Звонки: %(where)s") % {"where": name} if _is(key, ChargeKind.CALLS) else name


def _sums(lines: Iterable[Sequence[str]]) -> tuple[Decimal, Decimal, Decimal]:
    now, before, earlier = ZERO, ZERO, ZERO
    for line in lines:
        now, before, earlier = now + Decimal(line[0]), before + Decimal(line[1]), earlier + Decimal(line[2])
    return now, before, earlier
