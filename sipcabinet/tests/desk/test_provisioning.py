"""Provisioning at the desk: which state of each number the switch has got, and «повторить» (3.2-3.4)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from sipcabinet.lib.durable import JobState
from subscribers.models import Provisioning, ProvisioningJob
from subscribers.selectors import operations
from subscribers.switch import jobs, provisioning
from subscribers.tests.factories import TrunkFactory


def listed(desk: Client, **query: str) -> str:
    page = desk.get(reverse("admin:subscribers_provisioning_changelist"), query).content.decode()
    return page.partition('id="result_list"')[2]


def give_up() -> ProvisioningJob:
    ProvisioningJob.objects.update(state=JobState.PARKED, last_error="refused: DataError")
    return ProvisioningJob.objects.get()


def test_each_stage_is_found_by_the_filter(desk: Client, everything: Account) -> None:
    row = Provisioning.objects.get()
    for prepare, stage in (
        (lambda: None, "applying"),
        (give_up, "failed"),
        (lambda: provisioning.want(subscriber=row.subscriber), "applying"),
        (jobs.drain, "applied"),
    ):
        prepare()
        state = operations.switch_state(everything, row.subscriber)
        assert state is not None
        assert state.stage == stage
        for choice in ("applying", "applied", "failed"):
            assert (state.label in listed(desk, stage=choice)) is (choice == stage)


@pytest.mark.usefixtures("everything")
def test_a_job_that_was_given_up_goes_again(act: Callable[..., Any], staff: User) -> None:
    job = give_up()
    act("subscribers_provisioningjob", "again", job)
    jobs.drain()
    assert Provisioning.objects.get().applied_version == 1
    event = AuditEvent.objects.get(action="provisioning.retried")
    assert (event.user, event.details["version"]) == (staff, 1)
    page = act("subscribers_provisioningjob", "again", job).content.decode()
    assert "Повторить можно только задание с ошибкой" in page
    assert AuditEvent.objects.filter(action="provisioning.retried").count() == 1


@pytest.mark.usefixtures("everything")
def test_a_number_is_told_anew(act: Callable[..., Any]) -> None:
    jobs.drain()
    act("subscribers_provisioning", "again", Provisioning.objects.get())
    row = Provisioning.objects.get()
    assert (row.version, row.applied_version) == (2, 1)
    assert AuditEvent.objects.get(action="provisioning.retried").details["version"] == 2


def test_the_list_asks_as_little_for_many_as_for_one(
    desk: Client, everything: Account, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        provisioning.want(subscriber=TrunkFactory.create(account=everything))
    with django_assert_max_num_queries(12):
        listed(desk)
