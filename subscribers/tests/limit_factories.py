"""Factories of alarms and of closed paid directions (16.6)."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from subscribers.models import AlarmSign, BarCause, FraudAlarm, TrunkBar
from subscribers.tests.factories import TrunkFactory


class FraudAlarmFactory(DjangoModelFactory[FraudAlarm]):
    """A waiting alarm: 40 short calls in an hour."""

    class Meta:
        model = FraudAlarm

    trunk: Any = factory.SubFactory(TrunkFactory)
    account = factory.SelfAttribute("trunk.account")
    sign: Any = AlarmSign.SHORT
    facts = factory.LazyFunction(lambda: {"count": 40, "threshold": 30, "cost": "12.500000"})


class TrunkBarFactory(DjangoModelFactory[TrunkBar]):
    """Paid directions that staff have closed because the PBX is broken into."""

    class Meta:
        model = TrunkBar

    trunk: Any = factory.SubFactory(TrunkFactory)
    account = factory.SelfAttribute("trunk.account")
    cause: Any = BarCause.ALARM
    reason = "АТС взломана"
