"""The queues of the desk, in the order of «Ждут решения»: the only list of what waits for staff (4.2).

A new queue is one more `Queue` in QUEUES. The first page, the counts in the navigation, «2 из 5» and «Следующий» then
work by themselves (docs/ui.md, «Queues»).
"""

from datetime import timedelta

from django.db.models import DateTimeField, F, Func, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ApplicationState, PasswordRequest, WrittenApplication
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
    ProposalState,
    ReconciliationRun,
    ReturnState,
    SuspensePayment,
    SuspenseRefund,
    SuspenseRefundState,
)
from desk import queue_notes
from desk.models import CustomerLoad, PlannedChange
from desk.queue import Part, Queue
from notifications.models import Letter
from notifications.selectors import letters
from sipcabinet.lib import durable
from sipcabinet.lib.durable import DurableJob
from sipcabinet.lib.periods import Month
from sipcabinet.lib.staff_filters import STALLED, STOPPED
from subscribers.models import (
    AlarmState,
    BillingMonth,
    CallImport,
    CallReject,
    FraudAlarm,
    ProvisioningJob,
    RejectState,
    Rerating,
    SwitchTransfer,
)
from subscribers.selectors import held_calls, operations

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


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
    note=queue_notes.amount,
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
    note=queue_notes.papers,
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
    note=queue_notes.amount,
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
    note=queue_notes.proposals,
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
    note=queue_notes.amount,
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
    note=queue_notes.amount,
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
    note=queue_notes.reasons,
)
HELD = Queue(
    name="held",
    title=_("Звонки на проверке"),
    patience=2 * DAY,
    blocks_close=True,
    parts=[
        Part(
            name="held",
            rows=held_calls.waiting,
            since="created_at",
            filters="?state__exact=waiting",
            item="admin:desk_held_call",
        )
    ],
    note=lambda _waiting: gettext("длиннее предела станции"),
)
ALARMS = Queue(
    name="alarms",
    title=_("Тревоги: похоже на взлом"),
    patience=HOUR,
    parts=[
        Part(
            name="alarms",
            rows=lambda: FraudAlarm.objects.filter(state=AlarmState.WAITING),
            since="raised_at",
            filters="?state__exact=waiting",
            item="admin:desk_alarm",
            kinds="sign",
        )
    ],
    note=queue_notes.signs,
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
    note=queue_notes.answers,
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
_TRANSFERS = {"listed": "admin:desk_switch", "rights": "subscribers.switchtransfer"}
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
    _stopped(SwitchTransfer, _("передача на коммутатор"), **_TRANSFERS),
    _stopped(PlannedChange, _("запланированные изменения"), **_PLANNED),
    _stopped(ReconciliationRun, _("акты сверки"), **_ACTS),
    _stopped(CustomerLoad, _("загрузки клиентов"), **_LOADS),
]
STOPPED_WORK = Queue(
    name="stopped", title=_("Задания с ошибкой"), patience=DAY, parts=_STOPPED, note=queue_notes.counts(_STOPPED)
)
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
    _stalled(SwitchTransfer, _("передача на коммутатор"), **_TRANSFERS),
    _stalled(PlannedChange, _("запланированные изменения"), **_PLANNED),
    _stalled(ReconciliationRun, _("акты сверки"), **_ACTS),
    _stalled(CustomerLoad, _("загрузки клиентов"), **_LOADS),
]
STALLED_WORK = Queue(
    name="stalled", title=_("Стоящие задания"), patience=HOUR, parts=_STALLED, note=queue_notes.counts(_STALLED)
)
MONTHS = Queue(
    name="months",
    title=_("Месяцы к закрытию"),
    patience=9 * DAY,
    parts=[Part(name="months", rows=_over, since=MONTH_END, listed="admin:desk_months", rights="billing.monthissue")],
    note=queue_notes.month,
)

QUEUES = (
    GUARANTEES,
    APPLICATIONS,
    SECOND,
    SUSPENSE,
    PAYBACKS,
    RETURNS,
    REJECTS,
    HELD,
    ALARMS,
    LETTERS,
    SWITCH,
    STOPPED_WORK,
    STALLED_WORK,
    MONTHS,
)
BY_NAME = {queue.name: queue for queue in QUEUES}
