"""The desired state on the switch: saved with each change, by staff and by customers' pages (3.2-3.4, 4.8)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection, transaction
from django.test import override_settings

from accounts.models import Account, AuditEvent, User
from sipcabinet.lib import clock, tenancy
from subscribers.errors import NumberError
from subscribers.models import (
    Operation,
    OperationKind,
    Provisioning,
    ProvisioningJob,
    SipAccount,
    Subscriber,
    SubscriberStatus,
)
from subscribers.services import numbers, restrictions
from subscribers.switch import backends, facts, open_numbers, provisioning
from subscribers.switch.backends.kamailio import KamailioBackend
from subscribers.switch.backends.recording import RecordingBackend
from subscribers.switch.open_numbers import OpenNumber
from subscribers.tests.factories import (
    ChannelAssignmentFactory,
    DestinationFactory,
    NumberFactory,
    ServiceAssignmentFactory,
    TrunkFactory,
)
from subscribers.tests.price_list import load_price_list
from subscribers.tests.sip_factories import SipAccountFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    trunk = TrunkFactory.create(account=account, phone="+375447112030")
    SipAccountFactory.create(trunk=trunk)
    ChannelAssignmentFactory.create(subscriber=trunk, package__channels=5)
    return trunk


def wanted(subscriber: Subscriber) -> Provisioning:
    return Provisioning.objects.get(pk=subscriber.pk)


# --- The state -------------------------------------------------------------------------------------------------------
def test_the_state_of_a_trunk_holds_everything_but_the_secret(trunk: Subscriber) -> None:
    assert facts.desired(trunk) == {
        "phone": "+375447112030",
        "connected": True,
        "trunk": "+375447112030",
        "outgoing_restricted": False,
        "services": {},
        "channels": 5,
        "sip": {
            "auth_name": "375447112030",
            "domain": "sip.operator.example",
            "mode": "registration",
            "transport": "udp",
            "allowed_addresses": [],
            "password_of": SipAccount.objects.get().password_changed_at.isoformat(),
        },
    }


def test_the_state_of_a_number_names_where_its_calls_go(trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk, status=SubscriberStatus.RESTRICTED)
    on = ServiceAssignmentFactory.create(subscriber=number, parameters={"forward_to": "+375172700001"})
    ServiceAssignmentFactory.create(subscriber=number, ended_at=clock.now())
    assert facts.desired(number) == {
        "phone": number.phone,
        "connected": True,
        "trunk": trunk.phone,
        "outgoing_restricted": True,
        "services": {on.service.code: {"forward_to": "+375172700001"}},
        "sip": {"auth_name": "375447112030", "domain": "sip.operator.example"},
    }


def test_a_closed_number_is_only_known_to_be_gone(trunk: Subscriber) -> None:
    number = NumberFactory.create(trunk=trunk, status=SubscriberStatus.CLOSED, closed_at=clock.now())
    assert facts.desired(number) == {"phone": number.phone, "connected": False}


def test_states_of_many_are_those_of_each(trunk: Subscriber, django_assert_num_queries: Any) -> None:
    several = [trunk, *(NumberFactory.create(trunk=trunk) for _ in range(3)), TrunkFactory.create()]
    for subscriber in several:
        ServiceAssignmentFactory.create(subscriber=subscriber)
    each = {subscriber.pk: facts.desired(subscriber) for subscriber in several}
    with django_assert_num_queries(4):
        assert facts.desired_of(several) == each


# --- Saving the desired state ----------------------------------------------------------------------------------------
def test_each_change_is_a_version_with_a_job(trunk: Subscriber) -> None:
    assert [provisioning.want(subscriber=trunk) for _ in range(3)] == [1, 2, 3]
    row = wanted(trunk)
    assert (row.version, row.applied_version, row.desired) == (3, 0, facts.desired(trunk))
    jobs = ProvisioningJob.objects.order_by("version").values_list("version", "dedupe_key", "state")
    assert list(jobs) == [(n, f"{trunk.pk}:{n}", "waiting") for n in (1, 2, 3)]


def test_a_customers_page_may_order_it_and_neither_tell_nor_rewrite(trunk: Subscriber) -> None:
    other = TrunkFactory.create()
    provisioning.want(subscriber=other)
    with tenancy.portal(trunk.account_id):
        assert provisioning.want(subscriber=trunk) == 1
        assert provisioning.want(subscriber=trunk) == 2
        assert not Provisioning.objects.filter(pk=other.pk).exists()
    forbidden: dict[str, Any]
    for forbidden in ({"applied_version": 2}, {"applied": {}}):
        with pytest.raises(ProgrammingError), tenancy.portal(trunk.account_id), transaction.atomic():
            Provisioning.objects.filter(pk=trunk.pk).update(**forbidden)
    with pytest.raises(ProgrammingError), tenancy.portal(trunk.account_id), transaction.atomic():
        ProvisioningJob.objects.update(state="done")


def test_a_stale_object_writes_the_present_state(trunk: Subscriber) -> None:
    stale = Subscriber.objects.get(pk=trunk.pk)
    restrictions.restrict(subscriber=trunk)
    provisioning.want(subscriber=stale)
    assert wanted(trunk).desired["outgoing_restricted"] is True


def test_numbers_are_written_anew_when_their_calls_go_elsewhere(trunk: Subscriber) -> None:
    number, closed = NumberFactory.create(trunk=trunk), NumberFactory.create(trunk=trunk)
    for subscriber in (trunk, number, closed):
        provisioning.want(subscriber=subscriber)
    numbers.close(subscriber=closed)
    SipAccount.objects.update(transport="tls")
    provisioning.want(subscriber=trunk)
    assert wanted(number).version == 1
    SipAccount.objects.update(auth_name="office")
    provisioning.want(subscriber=trunk)
    assert (wanted(number).version, wanted(number).desired["sip"]["auth_name"]) == (2, "office")
    assert wanted(closed).version == 2


@pytest.mark.django_db(transaction=True)
def test_changes_at_one_moment_get_versions_of_their_own() -> None:
    trunk = TrunkFactory.create()
    start = threading.Barrier(8, timeout=20)

    def work() -> None:
        try:
            start.wait()
            provisioning.want(subscriber=trunk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wanted(trunk).version == 8
    assert sorted(ProvisioningJob.objects.values_list("version", flat=True)) == list(range(1, 9))


# --- Restriction -----------------------------------------------------------------------------------------------------
def test_a_restriction_is_an_operation_with_its_reason(trunk: Subscriber, staff: User) -> None:
    done = restrictions.restrict(subscriber=trunk, user=staff, reason="Долг", address="203.0.113.7")
    assert (done.kind, done.reason, done.made_by, done.version) == (OperationKind.RESTRICTION, "Долг", staff, 1)
    (change,) = done.changes
    assert (change["was"], change["now"]) == ("разрешены", "только экстренные службы и бесплатные номера")
    assert wanted(trunk).desired["outgoing_restricted"] is True
    lifted = restrictions.lift(subscriber=trunk, user=staff)
    assert (lifted.version, wanted(trunk).desired["outgoing_restricted"]) == (2, False)
    event = AuditEvent.objects.filter(action="number.restriction").earliest("pk")
    assert (event.account, event.user, event.address) == (trunk.account, staff, "203.0.113.7")


def test_a_refused_restriction_writes_nothing(trunk: Subscriber) -> None:
    with pytest.raises(NumberError, match="Этот номер не ограничен"):
        restrictions.lift(subscriber=trunk)
    assert not Operation.objects.exists()
    assert not ProvisioningJob.objects.exists()


# --- Open numbers ----------------------------------------------------------------------------------------------------
def test_free_destinations_and_emergency_services_are_open() -> None:
    emergency = {OpenNumber(short, is_short=True) for short in ("101", "102", "103", "104", "112")}
    assert set(open_numbers.today()) == emergency
    load_price_list()
    free = {OpenNumber("375800", is_short=False), OpenNumber("375801", is_short=False), OpenNumber("1", is_short=True)}
    assert set(open_numbers.today()) == emergency | free


@pytest.mark.parametrize(
    ("since", "until", "is_open"), [(0, None, True), (1, None, True), (2, None, False), (-9, 0, False), (-9, 1, True)]
)
def test_a_free_number_is_open_from_the_day_before_its_price(since: int, until: int | None, is_open: bool) -> None:
    today = clock.today()
    DestinationFactory.create(code="free", is_free=True).rates.create(
        prefix="375805",
        price_per_minute=0,
        valid_from=today + timedelta(days=since),
        valid_until=None if until is None else today + timedelta(days=until),
    )
    assert (OpenNumber("375805", is_short=False) in open_numbers.today()) is is_open


# --- The back end of the settings ------------------------------------------------------------------------------------
def test_the_back_end_is_chosen_by_the_settings() -> None:
    assert isinstance(backends.chosen(), RecordingBackend)
    with override_settings(PROVISIONING_BACKEND="kamailio", KAMAILIO_DATABASE_URL="postgres://127.0.0.1/x"):
        assert isinstance(backends.chosen(), KamailioBackend)
    for wrong in ({"PROVISIONING_BACKEND": "asterisk"}, {"PROVISIONING_BACKEND": "kamailio"}):
        with override_settings(**wrong), pytest.raises(ImproperlyConfigured):
            backends.chosen()
