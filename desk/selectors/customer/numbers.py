"""The first numbers of a customer, and those whose state the switch did not take."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery

from accounts.models import Account, Customer
from desk.selectors.of_each import first_of_each
from sipcabinet.lib import clock, validity
from subscribers.models import ChannelAssignment, Provisioning, ServiceAssignment, Subscriber, SubscriberStatus
from subscribers.selectors import numbers
from subscribers.selectors.operations import TONES, SwitchStage, with_stage

SHOWN, FAILED = 5, 3


@dataclass(frozen=True, slots=True)
class Number:
    """A number with what the customer asks about it on the phone. `channels` is None for a number of a trunk, `stage`
    if no state was ever saved for the switch."""

    subscriber: Subscriber
    services: int
    channels: int | None
    stage: SwitchStage | None

    @property
    def tone(self) -> str:
        return numbers.tone(self.subscriber)

    @property
    def stage_tone(self) -> str:
        return TONES[self.stage] if self.stage else ""

    @property
    def has_failed(self) -> bool:
        return self.stage == SwitchStage.FAILED


def of(customer: Customer) -> Sequence[Number]:
    """The first connected numbers in order, after up to FAILED numbers whose state the switch refused; one query."""
    rows: Any = (
        Subscriber.objects.filter(pk__in=_first(customer).union(_failed(customer)))
        .select_related("plan", "trunk", "account")
        .annotate(services=Subquery(_services(), output_field=IntegerField()), channels=_channels(), stage=_stage())
    )
    found = [_number(row) for row in rows]
    found.sort(key=lambda one: (not one.has_failed, one.subscriber.account.number, one.subscriber.phone))
    return found[:SHOWN]


def _number(row: Any) -> Number:
    stage = SwitchStage(row.stage) if row.stage else None
    return Number(row, row.services or 0, (row.channels or 0) if row.is_trunk else None, stage)


def _first(customer: Customer) -> QuerySet[Any]:
    connected = Subscriber.objects.exclude(status=SubscriberStatus.CLOSED)
    accounts = Account.objects.filter(customer=customer)
    return first_of_each(accounts, connected, by="account", order=("phone", "id"), count=SHOWN)


def _failed(customer: Customer) -> QuerySet[Any]:
    behind = Provisioning.objects.filter(account__customer=customer, applied_version__lt=F("version"))
    staged: QuerySet[Any] = with_stage(behind)
    return staged.filter(stage=SwitchStage.FAILED).order_by("pk").values(key=F("pk"))[:FAILED]


def _services() -> QuerySet[Any]:
    had = ServiceAssignment.objects.filter(validity.had_at(clock.now()), subscriber=OuterRef("pk")).order_by()
    return had.values("subscriber").annotate(count=Count("pk")).values("count")


def _channels() -> Subquery:
    now = ChannelAssignment.objects.filter(subscriber=OuterRef("pk"), ended_at__isnull=True)
    return Subquery(now.values("package__channels")[:1])


def _stage() -> Subquery:
    staged: QuerySet[Any] = with_stage(Provisioning.objects.filter(pk=OuterRef("pk")))
    return Subquery(staged.values("stage"))
