"""The nightly comparison of Kamailio's tables with the portal."""

import pytest
from pytest_django import Settings

from sipcabinet.tests.kamailio.switch import NUMBER, Switch, tell
from subscribers.models import ProvisioningJob, Subscriber
from subscribers.services import restrictions
from subscribers.switch import comparison, jobs
from subscribers.tests.factories import NumberFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]


def test_the_comparison_finds_and_mends_what_was_changed_on_the_switch(
    switch: Switch, trunk: Subscriber, number: Subscriber
) -> None:
    restrictions.restrict(subscriber=number)
    tell(trunk, number)
    before = switch.everything()
    assert comparison.run() == comparison.SwitchCounts(checked=2)
    assert switch.everything() == before
    faults = (
        ("DELETE FROM grp", number),
        ("UPDATE subscriber SET ha1 = 'x'", trunk),
        ("UPDATE usr_preferences SET value = '99' WHERE attribute = 'channels'", trunk),
        ("INSERT INTO address (ip_addr, tag) VALUES ('203.0.113.9', 'office-1@sip.operator.example')", trunk),
        ("UPDATE dbaliases SET username = 'stranger' WHERE alias_username = '375447112031'", number),
        ("DELETE FROM usr_preferences WHERE attribute = 'cabinet-version'", None),
    )
    for fault, whose in faults:
        switch.rows(fault)
        spoilt = switch.everything()
        expected = comparison.SwitchCounts(checked=2, differing=1 if whose else 2)
        assert comparison.run(dry_run=True) == expected, fault
        assert switch.everything() == spoilt
        assert comparison.run() == expected
        jobs.drain()
        assert comparison.run() == comparison.SwitchCounts(checked=2), fault
    assert switch.groups(NUMBER) == {"outgoing-restricted"}


def test_the_comparison_brings_the_open_numbers_back(switch: Switch, trunk: Subscriber) -> None:
    tell(trunk)
    told = switch.rows("SELECT match_exp FROM dialplan ORDER BY 1")
    switch.rows("TRUNCATE dialplan")
    comparison.run()
    assert switch.rows("SELECT match_exp FROM dialplan ORDER BY 1") == told != []


def test_a_switch_that_is_away_stops_only_the_comparison(switch: Switch, trunk: Subscriber, settings: Settings) -> None:
    tell(trunk)
    settings.KAMAILIO_DATABASE_URL = "postgres://kamailio@127.0.0.1:1/kamailio"
    lost = NumberFactory.create(trunk=trunk)
    assert comparison.run() == comparison.SwitchCounts(checked=2, changed=1, unread=1)
    assert ProvisioningJob.objects.filter(subscriber=lost).exists()
