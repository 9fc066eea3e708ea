"""Plans, numbers and calls for tests. A call is inserted into its partition together with its daily total."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import factory
from django.db import connection, models
from django.db.models import F
from factory.django import DjangoModelFactory

from accounts.tests.factories import AccountFactory
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from subscribers.models import (
    AccountSource,
    CallDailyTotal,
    CallDirection,
    CallImport,
    CallOutcome,
    CallRecord,
    CallSource,
    ChannelAssignment,
    ChannelPackage,
    Destination,
    HeldCall,
    MinuteAssignment,
    MinutePackage,
    NumberRange,
    Operation,
    OperationKind,
    PlanKind,
    PlanTerms,
    Service,
    ServiceAssignment,
    Subscriber,
    SwitchFormat,
    TariffPlan,
    VatRate,
)

M = TypeVar("M", bound=models.Model)
LONG_AGO = datetime(2024, 3, 20, 7, 0, tzinfo=UTC)


class TariffPlanFactory(DjangoModelFactory[TariffPlan]):
    """«SIP-соединение», or «SIP-номер» with `kind=PlanKind.NUMBER`."""

    class Meta:
        model = TariffPlan
        django_get_or_create = ("code",)

    kind: Any = PlanKind.TRUNK
    code = factory.LazyAttribute(lambda plan: f"sip-{plan.kind}")
    name = factory.LazyAttribute(lambda plan: str(PlanKind(plan.kind).label))


class PlanTermsFactory(DjangoModelFactory[PlanTerms]):
    class Meta:
        model = PlanTerms

    plan = factory.SubFactory(TariffPlanFactory)
    monthly_fee = Decimal("12.00")
    included_minutes = 300
    included_channels = 2
    valid_from = date(2020, 1, 1)


class DestinationFactory(DjangoModelFactory[Destination]):
    class Meta:
        model = Destination
        django_get_or_create = ("code",)

    code = "by-mobile"
    name = "Беларусь, мобильные других операторов"
    uses_allowance = True


class TrunkFactory(DjangoModelFactory[Subscriber]):
    class Meta:
        model = Subscriber

    account = factory.SubFactory(AccountFactory)
    phone = factory.Sequence(lambda n: f"+37517{2_000_000 + n}")
    label = "Офис"
    plan = factory.SubFactory(TariffPlanFactory)
    kind: Any = PlanKind.TRUNK
    connected_at = LONG_AGO


class NumberFactory(DjangoModelFactory[Subscriber]):
    """A «SIP-номер» of a trunk, in the trunk's account."""

    class Meta:
        model = Subscriber

    trunk: Any = factory.SubFactory(TrunkFactory)
    account = factory.SelfAttribute("trunk.account")
    phone = factory.Sequence(lambda n: f"+37517{3_000_000 + n}")
    label = "Приёмная"
    plan = factory.SubFactory(TariffPlanFactory, kind=PlanKind.NUMBER)
    kind: Any = PlanKind.NUMBER
    connected_at = LONG_AGO


class NumberRangeFactory(DjangoModelFactory[NumberRange]):
    """Ten numbers from 17 270-00-00."""

    class Meta:
        model = NumberRange

    first = 375172700000
    last = 375172700009


class VatRateFactory(DjangoModelFactory[VatRate]):
    class Meta:
        model = VatRate

    percent = Decimal(25)
    valid_from = date(2020, 1, 1)


def _priced(offered: Any, fee: Any) -> None:
    """Gives a service or a package its first price, unless it has one."""
    if not offered.prices.exists():
        offered.prices.create(monthly_fee=Decimal(fee), valid_from=date(2020, 1, 1))


class ServiceFactory(DjangoModelFactory[Service]):
    """A service with a price; `fee=None` creates it without one."""

    class Meta:
        model = Service
        django_get_or_create = ("code",)
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"service-{n}")
    name = factory.LazyAttribute(lambda service: f"Услуга {service.code}")

    @factory.post_generation  # type: ignore[untyped-decorator]
    def fee(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        _priced(self, "1.50" if extracted is None else extracted)


class AssignmentFactory(DjangoModelFactory[M]):
    """What a trunk has had for a long time."""

    class Meta:
        abstract = True

    subscriber: Any = factory.SubFactory(TrunkFactory)
    account = factory.SelfAttribute("subscriber.account")
    started_at = LONG_AGO


class ServiceAssignmentFactory(AssignmentFactory[ServiceAssignment]):
    class Meta:
        model = ServiceAssignment

    service = factory.SubFactory(ServiceFactory)


class PackageFactory(DjangoModelFactory[M]):
    """A package with its price."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    @factory.post_generation  # type: ignore[untyped-decorator]
    def fee(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        package: Any = self  # factory_boy calls this with the package
        _priced(package, extracted or (24 if isinstance(package, MinutePackage) else 0))


class ChannelPackageFactory(PackageFactory[ChannelPackage]):
    class Meta:
        model = ChannelPackage
        django_get_or_create = ("channels",)

    channels = 2


class ChannelAssignmentFactory(AssignmentFactory[ChannelAssignment]):
    """A trunk's package, changed so long ago that the lock of the change has expired."""

    class Meta:
        model = ChannelAssignment

    package = factory.SubFactory(ChannelPackageFactory)
    locked_until = factory.LazyAttribute(lambda row: row.started_at + timedelta(days=7))


class MinutePackageFactory(PackageFactory[MinutePackage]):
    class Meta:
        model = MinutePackage
        django_get_or_create = ("minutes",)

    minutes = 300


class MinuteAssignmentFactory(AssignmentFactory[MinuteAssignment]):
    class Meta:
        model = MinuteAssignment

    package = factory.SubFactory(MinutePackageFactory)


class OperationFactory(DjangoModelFactory[Operation]):
    class Meta:
        model = Operation

    subscriber: Any = factory.SubFactory(TrunkFactory)
    account = factory.SelfAttribute("subscriber.account")
    number = factory.Sequence(lambda n: f"О-2026-{900_000 + n}")
    kind: Any = OperationKind.SERVICES_ADDED
    changes: Any = ({"name": "Чёрный список", "was": "нет", "now": "подключена", "price": "1,00 BYN"},)


class CallSourceFactory(DjangoModelFactory[CallSource]):
    class Meta:
        model = CallSource
        django_get_or_create = ("name",)

    name = "minsk-1"
    format = SwitchFormat.FREESWITCH


class AccountSourceFactory(DjangoModelFactory[AccountSource]):
    """A source that has calls of an account and is complete to the newest one."""

    class Meta:
        model = AccountSource

    account: Any = factory.SubFactory(AccountFactory)
    source: Any = factory.SubFactory(
        CallSourceFactory,
        name=factory.Sequence(lambda n: f"switch-{n}"),
        complete_to=factory.SelfAttribute("..last_call_at"),
    )
    last_call_at = factory.LazyFunction(clock.now)


class CallImportFactory(DjangoModelFactory[CallImport]):
    class Meta:
        model = CallImport
        django_get_or_create = ("file_name",)

    source = factory.SubFactory(CallSourceFactory)
    file_name = "Master.csv"
    sha256 = "0" * 64


class CallFactory(factory.Factory[CallRecord]):
    """An answered outgoing call of one minute; `outcome=CallOutcome.BUSY` makes it unanswered and free."""

    class Meta:
        model = CallRecord

    subscriber: Any = factory.SubFactory(TrunkFactory)
    started_at = factory.LazyFunction(clock.now)
    direction: Any = CallDirection.OUT
    outcome: Any = CallOutcome.ANSWERED
    other_party = "+375297000001"
    destination: Any = factory.SubFactory(DestinationFactory)
    price_per_minute = Decimal("0.305400")
    talk_seconds = factory.LazyAttribute(lambda call: 60 if call.outcome == CallOutcome.ANSWERED else 0)
    duration = factory.LazyAttribute(lambda call: call.talk_seconds + 7)
    billed_seconds = factory.LazyAttribute(
        lambda call: max(call.talk_seconds, 60) if call.talk_seconds and call.direction == CallDirection.OUT else 0
    )
    included_seconds = 0
    cost = factory.LazyAttribute(
        lambda call: (call.price_per_minute * (call.billed_seconds - call.included_seconds) / 60).quantize(
            Decimal("0.000001")
        )
    )
    call_import = factory.SubFactory(CallImportFactory)
    call_id = factory.Sequence(lambda n: f"call-{n}")
    leg = "a"
    fingerprint = "0" * 64

    @classmethod
    def _create(cls, model_class: type[CallRecord], *args: Any, **fields: Any) -> CallRecord:  # noqa: ARG003
        subscriber, source = fields["subscriber"], fields["call_import"].source
        month = Month.of(fields["started_at"]).first_day
        call = CallRecord.objects.create(
            id=_next_id(month),
            month=month,
            charged_in=fields.pop("charged_in", month),
            account_id=subscriber.account_id,
            trunk_id=subscriber.trunk_of_minutes_id,
            source=source,
            **fields,
        )
        _add_to_daily_total(call)
        return call


def _next_id(month: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('subscribers_callrecord_id_seq'), subscribers_ensure_partition(%s)", [month])
        return int(cursor.fetchone()[0])


def _add_to_daily_total(call: CallRecord) -> None:
    total, _ = CallDailyTotal.objects.get_or_create(
        account_id=call.account_id,
        subscriber_id=call.subscriber_id,
        day=clock.minsk(call.started_at).date(),
        direction=call.direction,
        destination=call.destination,
        charged_in=call.charged_in,
    )
    CallDailyTotal.objects.filter(pk=total.pk).update(
        calls=F("calls") + 1,
        answered=F("answered") + int(call.outcome == CallOutcome.ANSWERED),
        talk_seconds=F("talk_seconds") + call.talk_seconds,
        billed_seconds=F("billed_seconds") + call.billed_seconds,
        included_seconds=F("included_seconds") + call.included_seconds,
        cost=F("cost") + call.cost,
    )


def held_call(subscriber: Subscriber, talked: int = 5 * 3600) -> HeldCall:
    """An outgoing call on hold that has just ended."""
    began = clock.now() - timedelta(seconds=talked)
    call = CallFactory.create(
        subscriber=subscriber, started_at=began, outcome=CallOutcome.HELD, talk_seconds=0, duration=talked + 7
    )
    return HeldCall.objects.create(
        source=call.source, call_import=call.call_import, call_id=call.call_id, leg=call.leg, month=call.month,
        started_at=call.started_at, duration=call.duration, talk_seconds=talked,
    )  # fmt: skip
