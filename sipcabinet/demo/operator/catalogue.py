"""Writes the demo operator's plans, destinations, rates, services and packages into the tables."""

from datetime import date

from sipcabinet.demo.price_list import (
    CHANNEL_PACKAGES,
    DESTINATIONS,
    MINUTE_PACKAGES,
    PLANS,
    SERVICES,
    SINCE,
    VAT_PERCENT,
    rate_fields,
    rate_rows,
)
from subscribers.models import (
    ChannelPackage,
    ChannelPrice,
    Destination,
    MinutePackage,
    MinutePrice,
    PlanTerms,
    Rate,
    Service,
    ServicePrice,
    SipPlatform,
    TariffPlan,
    Transport,
    VatRate,
)


def load() -> dict[str, TariffPlan]:
    """Writes the whole catalogue; returns the plans by their kinds."""
    VatRate.objects.create(percent=VAT_PERCENT, valid_from=SINCE)
    _load_rates(_load_destinations())
    _load_services()
    _load_packages()
    _load_platform()
    return {plan.kind: plan for plan in _load_plans()}


def _load_plans() -> list[TariffPlan]:
    plans = []
    for demo in PLANS:
        plan = TariffPlan.objects.create(code=demo.code, name=demo.name, kind=demo.kind)
        PlanTerms.objects.create(
            plan=plan,
            monthly_fee=demo.monthly_fee,
            included_minutes=demo.included_minutes,
            included_channels=demo.channels,
            valid_from=SINCE,
        )
        plans.append(plan)
    return plans


def _load_destinations() -> dict[str, Destination]:
    rows = [
        Destination(
            code=demo.code,
            name=demo.name,
            uses_allowance=demo.covered,
            is_free=demo.free,
            barred_by_default=demo.barred,
            order=place * 10,
        )
        for place, demo in enumerate(DESTINATIONS, start=1)
    ]
    return {row.code: row for row in Destination.objects.bulk_create(rows)}


def _load_rates(destinations: dict[str, Destination], since: date = SINCE) -> None:
    Rate.objects.bulk_create(
        Rate(destination=destinations[row.destination], **rate_fields(row)) for row in rate_rows(since)
    )


def _load_services() -> None:
    rows = {}
    for place, demo in enumerate(SERVICES, start=1):
        rows[demo.code] = Service.objects.create(
            code=demo.code,
            name=demo.name,
            description=demo.description,
            parameter=demo.parameter,
            order=place * 10,
        )
        ServicePrice.objects.create(service=rows[demo.code], monthly_fee=demo.monthly_fee, valid_from=SINCE)
    for demo in SERVICES:
        rows[demo.code].excludes.add(*(rows[code] for code in demo.excludes))


def _load_packages() -> None:
    for demo in CHANNEL_PACKAGES:
        channels = ChannelPackage.objects.create(channels=demo.size)
        ChannelPrice.objects.create(package=channels, monthly_fee=demo.monthly_fee, valid_from=SINCE)
    for demo in MINUTE_PACKAGES:
        minutes = MinutePackage.objects.create(minutes=demo.size)
        MinutePrice.objects.create(package=minutes, monthly_fee=demo.monthly_fee, valid_from=SINCE)


def _load_platform() -> None:
    """Creates the SIP platform, with addresses and networks that are reserved for documentation."""
    SipPlatform.objects.create(
        name="Минск-1",
        domain="sip.operator.example",
        registrar="sip.operator.example",
        outbound_proxy="sbc.operator.example",
        transports=[Transport.UDP, Transport.TCP, Transport.TLS],
        codecs=["G.711A", "G.711U", "G.729"],
        signalling_networks=["192.0.2.0/28"],
        media_networks=["198.51.100.0/24"],
        is_default=True,
    )
