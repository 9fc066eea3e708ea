"""The queues of the desk, in the order of «Ждут решения»: the only list of what waits for staff (4.2).

A new queue is one more `Queue` in QUEUES. The first page, the counts in the navigation, «2 из 5» and «Следующий» then
work by themselves (docs/ui.md, «Queues»).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DateTimeField, F, Func, Model, QuerySet
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ApplicationKind, ApplicationState, PasswordRequest, WrittenApplication
from announcements.models import Sending
from billing.models import (
    DocumentOrder,
    GuaranteeState,
    InvoiceMailing,
    MoneyProposal,
    MonthCalculation,
    MonthIssue,
    PaymentGuarantee,
    PaymentReturn,
    ProposalKind,
    ProposalState,
    ReconciliationRun,
    ReturnState,
    SuspensePayment,
    SuspenseRefund,
    SuspenseRefundState,
)
from desk.models import CustomerLoad, PlannedChange
from notifications.models import Letter
from notifications.selectors import letters
from sipcabinet.lib import durable, money, words
from sipcabinet.lib.durable import DurableJob
from sipcabinet.lib.periods import Month
from sipcabinet.lib.staff_filters import STALLED, STOPPED
from subscribers.calls import rejects
from subscribers.models import BillingMonth, CallImport, CallReject, ProvisioningJob, RejectState, Rerating
from subscribers.selectors import operations

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that wait: their count, the oldest one's moment, their sum (BYN; None for a queue without money), and the
    distinct codes of why they wait. `parts`: the counts of the parts of a queue, by the part's name."""

    count: int = 0
    oldest: datetime | None = None
    sum: Decimal | None = None
    kinds: Sequence[str] = ()
    parts: Mapping[str, "Waiting"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Waiting rows of one table. `since` is the moment from which a row waits; rows are worked through in its order.

    `item` is the URL name of the page on which a row is decided (its argument: the primary key); empty where rows are
    decided by actions of the list. `filters` is the query string that makes the list show only waiting rows. `title`
    names the rows beside their count in a queue of several parts. `sum` (BYN) and `kinds` (why rows wait: a code)
    are told in the column «Что». Rows without a table of their own name the list's view (`listed`), and the model
    whose rights count (`rights`: `app.model`). `decide` is the permission to decide, where it is not the right to
    change rows of the model.
    """

    name: str
    rows: Callable[[], QuerySet[Any]]
    since: str | Combinable
    filters: str = ""
    item: str = ""
    title: str | Promise = ""
    sum: str = ""
    kinds: str = ""
    listed: str = ""
    rights: str = ""
    decide: str = ""

    @property
    def model(self) -> type[Model]:
        return self.rows().model

    @property
    def list_url(self) -> str:
        meta = self.model._meta
        return reverse(self.listed or f"admin:{meta.app_label}_{meta.model_name}_changelist") + self.filters

    def item_url(self, pk: Any) -> str:
        return reverse(self.item, args=[pk])

    def may_see(self, user: Any) -> bool:
        return user.has_perm(self._right("view")) or self.may_decide(user)

    def may_decide(self, user: Any) -> bool:
        return bool(user.has_perm(self.decide or self._right("change")))

    def _right(self, verb: str) -> str:
        app, model = (self.rights or self.model._meta.label_lower).split(".")
        return f"{app}.{verb}_{model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Work of one kind that waits for staff. `patience`: how long a row may wait; after that it is «дольше нормы».
    `note` says in a few words what waits. With `blocks_close` the month cannot be closed while rows wait."""

    name: str
    title: Promise
    patience: timedelta
    parts: Sequence[Part]
    note: Callable[[Waiting], str] = lambda _waiting: ""
    blocks_close: bool = False

    @property
    def next_url(self) -> str:
        """The address that leads to the oldest waiting row; with `?after=pk`, to the one after that row."""
        return reverse("admin:desk_queue_next", args=[self.name])

    @property
    def decided(self) -> Part:
        """The part whose rows are decided on a page of their own. Raises StopIteration if there is none."""
        return next(part for part in self.parts if part.item)

    def parts_for(self, user: Any) -> list[Part]:
        """The parts whose rows the user may see."""
        return [part for part in self.parts if part.may_see(user)]


def _stopped(model: type[DurableJob], title: Promise, **shown: str) -> Part:
    name = f"stopped_{model._meta.model_name}"
    shown = shown or {"filters": f"?trouble={STOPPED}"}
    rows = lambda: model._default_manager.filter(durable.stopped())  # noqa: E731 - the arguments of Part
    return Part(name=name, rows=rows, since="finished_at", title=title, **shown)


def _stalled(model: type[DurableJob], title: Promise, **shown: str) -> Part:
    name = f"stalled_{model._meta.model_name}"
    shown = shown or {"filters": f"?trouble={STALLED}"}
    rows = lambda: model._default_manager.filter(durable.stalled())  # noqa: E731 - the arguments of Part
    return Part(name=name, rows=rows, since="due_at", title=title, **shown)


def _over() -> QuerySet[BillingMonth]:
    """Open months that have ended."""
    return BillingMonth.objects.filter(closed_at__isnull=True, month__lt=Month.current().first_day)


def _unclear() -> QuerySet[SuspensePayment]:
    """Credits that wait for a decision; not those whose return waits for a second person."""
    proposed = SuspenseRefund.objects.filter(state=SuspenseRefundState.WAITING).values("suspense")
    return SuspensePayment.objects.filter(resolved_at__isnull=True).exclude(pk__in=proposed)


MONTH_END = Func(  # the moment from which a month can be closed
    F("month"),
    template="((%(expressions)s + interval '1 month') AT TIME ZONE 'Europe/Minsk')",
    output_field=DateTimeField(),
)


def _sum(waiting: Waiting) -> str:
    return money.show_byn(waiting.sum) if waiting.sum is not None else ""


def _reasons(waiting: Waiting) -> str:
    """The reasons in words; more than two are counted."""
    if len(waiting.kinds) > 2:
        return words.counted(len(waiting.kinds), "причина", "причины", "причин")
    labels = rejects.reason_labels()
    return ", ".join(labels.get(kind, kind) for kind in waiting.kinds)


def _papers(waiting: Waiting) -> str:
    """The kinds of the waiting papers; more than three are counted."""
    if len(waiting.kinds) > 3:
        return words.counted(len(waiting.kinds), "вид", "вида", "видов")
    return ", ".join(str(ApplicationKind(kind).label).lower() for kind in waiting.kinds)


def _proposed(waiting: Waiting) -> str:
    """The kinds of the proposals and their sum."""
    kinds = ", ".join(str(ProposalKind(kind).label) for kind in waiting.kinds)
    return f"{kinds}: {_sum(waiting)}"


def _answers(waiting: Waiting) -> str:
    """The answers of mail servers; letters without an answer are not told apart."""
    if not waiting.kinds:
        return gettext("почтовый сервер не ответил")
    return gettext("ответ сервера %(codes)s") % {"codes": ", ".join(waiting.kinds[:4])}


def _counts(parts: Sequence[Part]) -> Callable[[Waiting], str]:
    titles = {part.name: part.title for part in parts}

    def told(waiting: Waiting) -> str:
        return ", ".join(f"{titles[name]}{money.NBSP}{one.count}" for name, one in waiting.parts.items() if one.count)

    return told


def _months(waiting: Waiting) -> str:
    return Month.of(waiting.oldest).shift(-1).label if waiting.oldest else ""


GUARANTEES = Queue(
    name="guarantees",
    title=_("Гарантийные обязательства"),
    patience=DAY,
    parts=[
        Part(
            name="guarantees",
            rows=lambda: PaymentGuarantee.objects.filter(state=GuaranteeState.PENDING),
            since="requested_at",
            filters="?state__exact=pending",
            item="admin:billing_paymentguarantee_decide",
            sum="amount",
        )
    ],
    note=_sum,
)
APPLICATIONS = Queue(
    name="applications",
    title=_("Письменные заявления"),
    patience=2 * DAY,
    parts=[
        Part(
            name="applications",
            rows=lambda: WrittenApplication.objects.filter(state=ApplicationState.RECEIVED),
            since="received_at",
            item="admin:desk_application",
            kinds="kind",
            listed="admin:desk_applications",
            rights="accounts.writtenapplication",
        )
    ],
    note=_papers,
)
SUSPENSE = Queue(
    name="suspense",
    title=_("Невыясненные платежи"),
    patience=2 * DAY,
    parts=[
        Part(
            name="suspense",
            rows=_unclear,
            since="created_at",
            filters="?resolved_at__isempty=1",
            item="admin:desk_suspense",
            sum="amount",
        )
    ],
    note=_sum,
)
SECOND = Queue(
    name="second",
    title=_("Ждут второго"),
    patience=DAY,
    parts=[
        Part(
            name="second",
            rows=lambda: MoneyProposal.objects.filter(state=ProposalState.WAITING),
            since="proposed_at",
            item="admin:desk_proposal",
            sum="amount",
            kinds="kind",
            listed="admin:desk_proposals",
            decide="billing.confirm_money",
        )
    ],
    note=_proposed,
)
PAYBACKS = Queue(
    name="paybacks",
    title=_("Возвраты плательщикам"),
    patience=DAY,
    parts=[
        Part(
            name="paybacks",
            rows=lambda: SuspenseRefund.objects.filter(state=SuspenseRefundState.WAITING),
            since="proposed_at",
            filters="?state__exact=waiting",
            item="admin:desk_payer_refund_one",
            sum="amount",
            decide="billing.confirm_money",
        )
    ],
    note=_sum,
)
RETURNS = Queue(
    name="returns",
    title=_("Возвраты платежей"),
    patience=2 * DAY,
    parts=[
        Part(
            name="returns",
            rows=lambda: PaymentReturn.objects.filter(state=ReturnState.WAITING),
            since="created_at",
            filters="?state__exact=waiting",
            item="admin:desk_return",
            sum="amount",
        )
    ],
    note=_sum,
)
REJECTS = Queue(
    name="rejects",
    title=_("Отклонённые записи звонков"),
    patience=DAY,
    blocks_close=True,
    parts=[
        Part(
            name="rejects",
            rows=lambda: CallReject.objects.filter(state=RejectState.WAITING),
            since="created_at",
            filters="?state__exact=waiting",
            kinds="code",
        )
    ],
    note=_reasons,
)
LETTERS = Queue(
    name="letters",
    title=_("Письма не доставлены"),
    patience=2 * DAY,
    parts=[
        Part(
            name="letters",
            rows=letters.undelivered,
            since="finished_at",
            filters=f"?trouble={STOPPED}",
            item="admin:desk_letter_again",
            kinds="smtp_code",
        )
    ],
    note=_answers,
)
SWITCH = Queue(
    name="switch",
    title=_("Ошибки коммутатора"),
    patience=HOUR,
    parts=[Part(name="switch", rows=operations.failed, since="failed_at", filters="?stage=failed")],
    note=lambda _waiting: gettext("изменения не применены"),
)
_ANNOUNCEMENTS = {"listed": "admin:desk_announcements", "rights": "announcements.announcement"}
_RERATINGS = {"listed": "admin:desk_rerating", "rights": "subscribers.rerating"}
_PLANNED = {"listed": "admin:desk_planned", "rights": "desk.plannedchange"}
_ACTS = {"listed": "admin:desk_acts", "rights": "billing.reconciliationact"}
_LOADS = {"listed": "admin:desk_load", "rights": "desk.customerload"}
_STOPPED = [
    _stopped(DocumentOrder, _("заказы документов")),
    _stopped(InvoiceMailing, _("рассылка счетов")),
    _stopped(CallImport, _("файлы звонков")),
    _stopped(PasswordRequest, _("запросы паролей")),
    _stopped(Sending, _("объявления"), **_ANNOUNCEMENTS),
    _stopped(MonthCalculation, _("расчёты месяцев"), listed="admin:desk_months"),
    _stopped(MonthIssue, _("выставление счетов"), listed="admin:desk_months"),
    _stopped(Rerating, _("пересчёты звонков"), **_RERATINGS),
    _stopped(PlannedChange, _("запланированные изменения"), **_PLANNED),
    _stopped(ReconciliationRun, _("акты сверки"), **_ACTS),
    _stopped(CustomerLoad, _("загрузки клиентов"), **_LOADS),
]
STOPPED_WORK = Queue(name="stopped", title=_("Задания с ошибкой"), patience=DAY, parts=_STOPPED, note=_counts(_STOPPED))
_STALLED = [
    _stalled(CallImport, _("файлы звонков")),
    _stalled(Letter, _("письма")),
    _stalled(DocumentOrder, _("заказы документов")),
    _stalled(InvoiceMailing, _("рассылка счетов")),
    _stalled(PasswordRequest, _("запросы паролей")),
    _stalled(ProvisioningJob, _("коммутатор")),
    _stalled(Sending, _("объявления"), **_ANNOUNCEMENTS),
    _stalled(MonthCalculation, _("расчёты месяцев"), listed="admin:desk_months"),
    _stalled(MonthIssue, _("выставление счетов"), listed="admin:desk_months"),
    _stalled(Rerating, _("пересчёты звонков"), **_RERATINGS),
    _stalled(PlannedChange, _("запланированные изменения"), **_PLANNED),
    _stalled(ReconciliationRun, _("акты сверки"), **_ACTS),
    _stalled(CustomerLoad, _("загрузки клиентов"), **_LOADS),
]
STALLED_WORK = Queue(name="stalled", title=_("Стоящие задания"), patience=HOUR, parts=_STALLED, note=_counts(_STALLED))
MONTHS = Queue(
    name="months",
    title=_("Месяцы к закрытию"),
    patience=9 * DAY,
    parts=[Part(name="months", rows=_over, since=MONTH_END, listed="admin:desk_months", rights="billing.monthissue")],
    note=_months,
)

QUEUES = (
    GUARANTEES,
    APPLICATIONS,
    SECOND,
    SUSPENSE,
    PAYBACKS,
    RETURNS,
    REJECTS,
    LETTERS,
    SWITCH,
    STOPPED_WORK,
    STALLED_WORK,
    MONTHS,
)
BY_NAME = {queue.name: queue for queue in QUEUES}
