"""What the real switch knows, on the pages of the customer and of the desk (3.4)."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.tests.factories import StaffFactory, UserFactory
from sipcabinet.lib.sip_scenarios import Caller
from sipcabinet.tests.kamailio.line import CUSTOMER, Line
from sipcabinet.tests.kamailio.switch import DOMAIN, tell
from sipcabinet.tests.page_text import words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import ChannelAssignment, Subscriber
from subscribers.switch import live
from subscribers.switch.live import Known
from subscribers.tests.factories import ChannelPackageFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

PAID = "+375172700009"


@pytest.fixture(autouse=True)
def with_an_empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def found(known: Known | None) -> Known:
    assert known is not None
    return known


def test_the_customer_reads_what_is_wrong_until_all_is_well(line: Line, office: Subscriber) -> None:
    owner = signed_in(UserFactory.create(account=office.account))
    page = reverse("subscribers:sip_parameters", args=[office.pk])
    assert "ещё ни разу не зарегистрировалось" in words(owner.get(page))
    line.register(Caller("office-1", "WrongSecret"))
    assert "Неверный пароль за сутки: 1 попытка, последняя с адреса 127.0.0.1" in words(owner.get(page))
    line.switch.rows("TRUNCATE cabinet_refusals")
    line.register(CUSTOMER, port=5071, agent="Yealink T31P")
    text = words(owner.get(page))
    assert "Всё настроено" in text
    assert "адрес 127.0.0.1:5071, Yealink T31P" in text


def test_calls_in_progress_and_full_channels(line: Line, office: Subscriber) -> None:
    ChannelAssignment.objects.update(package=ChannelPackageFactory.create(channels=1))
    tell(office)
    network = signed_in(StaffFactory.create(is_superuser=True))
    line.register(CUSTOMER)
    with line.gateway(), line.talking(PAID):
        assert line.call(PAID) == ["486"]
        (talk,) = found(live.everything()).talks
        assert (talk.caller, talk.called, talk.logins) == (office.phone, PAID, ("office-1",))
        owner = signed_in(UserFactory.create(account=office.account))
        mine = words(owner.get(reverse("subscribers:sip_parameters", args=[office.pk])))
        assert "Сейчас заняты все каналы" in mine
        assert "1, всего каналов: 1" in mine
        page = words(network.get(reverse("admin:desk_switch")))
    assert "+375 17 270-00-09" in page
    assert "заняты все каналы" in page


def test_nobody_sees_another_trunk(line: Line, office: Subscriber) -> None:
    line.register(CUSTOMER)
    assert len(found(live.of_trunk("office-1", DOMAIN)).registrations) == 1
    assert found(live.of_trunk("office-2", DOMAIN)).registrations == []
    assert found(live.of_trunk("office-1", "other.example")).registrations == []
