from subscribers.models.alarm import AlarmSign, AlarmState, FraudAlarm
from subscribers.models.allowance import Allowance
from subscribers.models.call import CallDailyTotal, CallDirection, CallOutcome, CallRecord
from subscribers.models.call_import import (
    LONGEST_SECONDS,
    AccountCode,
    AccountSource,
    CallImport,
    CallReject,
    CallSource,
    RejectState,
    SourceKind,
    SwitchFormat,
)
from subscribers.models.catalogue import Destination, PlanKind, PlanTerms, Rate, TariffPlan
from subscribers.models.channels import ChannelAssignment, ChannelPackage, ChannelPeak, ChannelPrice
from subscribers.models.charge import AccountMonth, Charge
from subscribers.models.former_plan import FormerPlan
from subscribers.models.held_call import HeldCall, HeldDecision, HeldState
from subscribers.models.limit import (
    BarCause,
    Bound,
    LimitCrossing,
    LimitMeasure,
    LimitOwner,
    LimitPeriod,
    TrunkBar,
    TrunkLimit,
)
from subscribers.models.minutes import MinuteAssignment, MinutePackage, MinutePrice
from subscribers.models.month import BillingMonth
from subscribers.models.operation import Operation, OperationKind
from subscribers.models.party_total import PartyTotal
from subscribers.models.pool import HoldKind, NumberHold, NumberOrigin, NumberRange
from subscribers.models.prices import VatRate
from subscribers.models.provisioning import Provisioning, ProvisioningJob
from subscribers.models.received_record import ReceivedRecord
from subscribers.models.rerating import Rerating
from subscribers.models.restriction import StaffRestrictedNumber, StaffRestriction
from subscribers.models.second_leg import SecondLeg
from subscribers.models.service import Service, ServiceAssignment, ServiceParameter, ServicePrice
from subscribers.models.sip import SipAccount, SipMode, SipPlatform, Transport
from subscribers.models.sip_link import PhoneKind, SipLink
from subscribers.models.subscriber import Subscriber, SubscriberStatus
from subscribers.models.switch_transfer import SwitchTransfer

__all__ = [
    "LONGEST_SECONDS",
    "AccountCode",
    "AccountMonth",
    "AccountSource",
    "AlarmSign",
    "AlarmState",
    "Allowance",
    "BarCause",
    "BillingMonth",
    "Bound",
    "CallDailyTotal",
    "CallDirection",
    "CallImport",
    "CallOutcome",
    "CallRecord",
    "CallReject",
    "CallSource",
    "ChannelAssignment",
    "ChannelPackage",
    "ChannelPeak",
    "ChannelPrice",
    "Charge",
    "Destination",
    "FormerPlan",
    "FraudAlarm",
    "HeldCall",
    "HeldDecision",
    "HeldState",
    "HoldKind",
    "LimitCrossing",
    "LimitMeasure",
    "LimitOwner",
    "LimitPeriod",
    "MinuteAssignment",
    "MinutePackage",
    "MinutePrice",
    "NumberHold",
    "NumberOrigin",
    "NumberRange",
    "Operation",
    "OperationKind",
    "PartyTotal",
    "PhoneKind",
    "PlanKind",
    "PlanTerms",
    "Provisioning",
    "ProvisioningJob",
    "Rate",
    "ReceivedRecord",
    "RejectState",
    "Rerating",
    "SecondLeg",
    "Service",
    "ServiceAssignment",
    "ServiceParameter",
    "ServicePrice",
    "SipAccount",
    "SipLink",
    "SipMode",
    "SipPlatform",
    "SourceKind",
    "StaffRestrictedNumber",
    "StaffRestriction",
    "Subscriber",
    "SubscriberStatus",
    "SwitchFormat",
    "SwitchTransfer",
    "TariffPlan",
    "Transport",
    "TrunkBar",
    "TrunkLimit",
    "VatRate",
]
