"""A new switch is told everything, with the real tables of switch/kamailio/schema.sql and the limited login."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from local import switch as local_switch
from pytest_django import Settings

from accounts.actor import PORTAL
from sipcabinet.lib import clock, durable
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.kamailio import real
from sipcabinet.tests.kamailio.conftest import connected_trunk
from sipcabinet.tests.kamailio.switch import DOMAIN, PASSWORD, Switch, add, md5
from sipcabinet.tests.processes import ended
from subscribers.models import Provisioning, SipAccount, Subscriber, SwitchTransfer
from subscribers.services import restrictions
from subscribers.switch import backends, jobs, provisioning, sip_passwords, transfer_work, transfers
from subscribers.tests import killed_transfer
from subscribers.tests.factories import NumberFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
NUMBERS = 5
KILLED = Path(killed_transfer.__file__)


@pytest.fixture
def address() -> Iterator[str]:
    """`host:port/name` of a new, empty database of a switch."""
    if local_switch.missing():
        pytest.skip("no Kamailio: bin/test --full installs it on Debian")
    with real.database() as name:
        yield name


@pytest.fixture
def switch(address: str, everything: list[Subscriber], settings: Settings) -> Switch:
    """The portal was without a switch, and is restarted with this one."""
    settings.PROVISIONING_BACKEND = "kamailio"
    settings.KAMAILIO_DATABASE_URL = real.url(local_switch.CABINET, address)
    return Switch(real.owner_url(address))


@pytest.fixture
def everything(settings: Settings) -> list[Subscriber]:
    trunk = connected_trunk()
    rows = [trunk, *(NumberFactory.create(trunk=trunk) for _ in range(NUMBERS))]
    add(rows[1], "forward-all", forward_to="+375172700001")
    add(rows[2], "bar-international")
    provisioning.want_all([row.pk for row in rows])
    restrictions.restrict(subscriber=rows[3])
    jobs.drain()
    assert set(Provisioning.objects.values_list("applied_on", flat=True)) == {"recording"}
    return rows


def finish() -> SwitchTransfer:
    SwitchTransfer.objects.update(claimed_until=durable.ClockTimestamp() - timedelta(seconds=1), due_at=clock.now())
    while transfer_work.drain():
        pass
    job = transfers.newest()
    assert job is not None
    return job


def is_told(switch: Switch, rows: list[Subscriber]) -> bool:
    """Whether the tables hold every subscriber, the password, a service, a bar, a restriction, and the open numbers."""
    held = switch.rows("SELECT count(*) FROM usr_preferences WHERE attribute = 'cabinet-version'") == [(len(rows),)]
    (hashes,) = switch.hashes("office-1")
    assert hashes[1] == md5(f"office-1:{DOMAIN}:{PASSWORD}")
    assert switch.preferences("office-1")["channels"] == ["10"]
    assert switch.preferences(rows[1].phone[1:])["forward-all"] == ["+375172700001"]
    assert switch.groups(rows[2].phone) == {"bar-international"}
    assert switch.groups(rows[3].phone) == {"outgoing-restricted"}
    assert switch.may_call(rows[3].phone, "112")
    return held


def test_all_is_told_and_again_nothing_changes(switch: Switch, everything: list[Subscriber]) -> None:
    transfers.follow()
    job = finish()
    assert (job.state, job.passed, job.changed, job.failed) == (JobState.DONE, NUMBERS + 1, NUMBERS + 1, 0)
    assert is_told(switch, everything)
    places = "SELECT ctid::text, xmin::text FROM {} ORDER BY 1"
    before = [switch.rows(places.format(table)) for table in ("usr_preferences", "subscriber", "grp", "dialplan")]
    switch.rows("SELECT 1")
    transfers._begin(backends.chosen().name, PORTAL)
    assert finish().changed == 0
    after = [switch.rows(places.format(table)) for table in ("usr_preferences", "subscriber", "grp", "dialplan")]
    assert after == before


@pytest.mark.parametrize(("killed_at", "place"), [(1, "in"), (1, "after"), (3, "in"), (NUMBERS + 1, "after")])
def test_killed_anywhere_it_goes_on(
    switch: Switch, everything: list[Subscriber], settings: Any, killed_at: int, place: str
) -> None:
    told = {"PROVISIONING_BACKEND": "kamailio", "KAMAILIO_DATABASE_URL": settings.KAMAILIO_DATABASE_URL}
    assert ended(KILLED, "now", killed_at, place, **told) == -9
    job = SwitchTransfer.objects.get()
    assert job.passed == (killed_at if place == "after" else killed_at - 1)
    job = finish()
    assert (job.state, job.passed, job.failed) == (JobState.DONE, NUMBERS + 1, 0)
    # The one that the switch had and the portal had not saved is found equal.
    assert job.changed == NUMBERS + 1 - (place == "in")
    assert is_told(switch, everything)
    assert not Provisioning.objects.exclude(applied_on=job.switch).exists()


def test_two_workers_and_changes_at_once(switch: Switch, everything: list[Subscriber]) -> None:
    """A transfer by two workers while services change and a password is replaced: the last state of each is there."""
    transfers.follow()

    def change() -> int:
        account = SipAccount.objects.get()
        account.password_sealed = sip_passwords.seal(everything[0], "NewSecret23456789abc")
        account.password_changed_at = clock.now()
        account.save()
        provisioning.want(subscriber=everything[0])
        for row in (*everything[1:3], *everything[4:]):
            restrictions.restrict(subscriber=row)
        return jobs.drain()

    at_once([transfer_work.drain, transfer_work.drain, change])
    jobs.drain()
    finish()
    (hashes,) = switch.hashes("office-1")
    assert hashes[1] == md5(f"office-1:{DOMAIN}:NewSecret23456789abc")
    assert all("outgoing-restricted" in switch.groups(row.phone) for row in everything[1:])
    rows = list(Provisioning.objects.all())
    assert {(row.version, row.applied_version) for row in rows} == {(row.version, row.version) for row in rows}
    transfers._begin(backends.chosen().name, PORTAL)
    assert finish().changed == 0


def test_one_that_the_tables_do_not_take_is_counted(switch: Switch, everything: list[Subscriber]) -> None:
    """A value longer than its column: PostgreSQL refuses it, and the others are told."""
    switch.rows("ALTER TABLE grp ALTER COLUMN grp TYPE varchar(10) USING left(grp, 10)")
    transfers.follow()
    job = finish()
    assert (job.state, job.passed, job.failed) == (JobState.DONE, NUMBERS + 1, 2)
    assert {fault["subscriber"] for fault in job.faults} == {everything[2].pk, everything[3].pk}
    assert {fault["reason"] for fault in job.faults} == {"refused: StringDataRightTruncation"}
    switch.rows("ALTER TABLE grp ALTER COLUMN grp TYPE varchar(64)")
    transfers._begin(backends.chosen().name, PORTAL)
    assert (finish().changed, finish().failed) == (2, 0)
    assert is_told(switch, everything)
