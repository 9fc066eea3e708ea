"""Numbers, prices, imports, rejects and calls at the desk (4.3, 4.4, 4.11)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import StaffFactory
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from subscribers.calls import partitions
from subscribers.models import (
    BillingMonth,
    CallDirection,
    CallImport,
    CallReject,
    PlanKind,
    Rate,
    RejectState,
    Subscriber,
)
from subscribers.tests.factories import (
    CallFactory,
    CallImportFactory,
    DestinationFactory,
    TariffPlanFactory,
    TrunkFactory,
)

CALLS = reverse("admin:subscribers_calls")


def new_number(account: Account, **fields: Any) -> dict[str, Any]:
    return {
        "account": account.pk,
        "plan": TariffPlanFactory.create().pk,
        "trunk": "",
        "phone": "8 (017) 270-09-15",
        "label": "Приёмная",
        "connected_at_0": "20.03.2026",
        "connected_at_1": "10:00",
        **fields,
    }


def test_opening_a_trunk_opens_its_login(desk: Client, account: Account, staff: User) -> None:
    assert desk.post(reverse("admin:subscribers_subscriber_add"), new_number(account)).status_code == 302
    trunk = Subscriber.objects.get()
    assert (trunk.phone, trunk.kind, trunk.label) == ("+375172700915", PlanKind.TRUNK, "Приёмная")
    assert User.objects.get(account=account).phone == trunk.phone
    event = AuditEvent.objects.get(action="subscriber.added")
    assert (event.account, event.user) == (account, staff)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("phone", {"phone": "12"}),
        ("phone", {"phone": "+7 495 123-45-67"}),
        ("connected_at", {"connected_at_0": "01.01.2020"}),
        ("connected_at", {"connected_at_0": "01.01.2999"}),
        ("plan", {"plan": ""}),
    ],
)
def test_a_wrong_number_is_refused_beside_the_field(
    desk: Client, account: Account, field: str, fields: dict[str, Any]
) -> None:
    response = desk.post(reverse("admin:subscribers_subscriber_add"), new_number(account, **fields))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors[field]
    assert not Subscriber.objects.exists()
    assert not User.objects.filter(account=account).exists()


def test_a_number_needs_a_trunk_of_its_account(desk: Client, account: Account) -> None:
    plan = TariffPlanFactory.create(kind=PlanKind.NUMBER).pk
    other = TrunkFactory.create()
    for trunk, message in (("", "выберите SIP-соединение"), (other.pk, "другого лицевого счёта")):
        fields = new_number(account, plan=plan, trunk=trunk)
        response = desk.post(reverse("admin:subscribers_subscriber_add"), fields)
        assert message in response.context["adminform"].form.errors["trunk"][0]
    own = TrunkFactory.create(account=account)
    desk.post(reverse("admin:subscribers_subscriber_add"), new_number(account, plan=plan, trunk=own.pk))
    assert Subscriber.objects.get(phone="+375172700915").trunk == own


def test_only_the_label_is_rewritten(desk: Client, everything: Account) -> None:
    trunk = Subscriber.objects.get(trunk=None)
    fields = {"label": "  Склад,   Колядичи ", "phone": "+375172700916", "status": "closed", "kind": "number"}
    desk.post(reverse("admin:subscribers_subscriber_change", args=[trunk.pk]), fields)
    kept = Subscriber.objects.get(pk=trunk.pk)
    assert (kept.label, kept.phone, kept.status) == ("Склад, Колядичи", trunk.phone, "active")
    assert AuditEvent.objects.filter(action="subscriber.changed", account=everything).exists()


def test_numbers_are_restricted_and_closed_in_the_right_order(act: Callable[..., Any], account: Account) -> None:
    trunk = TrunkFactory.create(account=account)
    number = Subscriber.objects.create(
        account=account, trunk=trunk, plan=TariffPlanFactory.create(kind=PlanKind.NUMBER), kind=PlanKind.NUMBER,
        phone="+375172700920", connected_at=trunk.connected_at,
    )  # fmt: skip
    act("subscribers_subscriber", "restrict", number)
    assert Subscriber.objects.get(pk=number.pk).status == "restricted"
    act("subscribers_subscriber", "lift", number)
    assert "Этот номер не ограничен" in act("subscribers_subscriber", "lift", number).content.decode()
    assert "Сначала отключите SIP-номера" in act("subscribers_subscriber", "close", trunk).content.decode()
    act("subscribers_subscriber", "close", trunk, number)
    assert set(Subscriber.objects.values_list("status", flat=True)) == {"closed"}
    actions = AuditEvent.objects.filter(account=account).values_list("action", flat=True)
    assert sorted(actions) == ["number.restriction", "number.restriction", "subscriber.closed", "subscriber.closed"]


# --- Prices ----------------------------------------------------------------------------------------------------------
def rate_fields(**fields: Any) -> dict[str, Any]:
    return {
        "destination": DestinationFactory.create().pk,
        "prefix": "37533",
        "price_per_minute": "0,31",
        "first_increment": 60,
        "next_increment": 1,
        "valid_from": clock.show_date(clock.today() + timedelta(days=3)),
        "valid_until": "",
        **fields,
    }


def test_a_rate_in_force_is_ended_and_followed(desk: Client, everything: Account) -> None:
    rate = Rate.objects.get()
    ends = clock.today() + timedelta(days=3)
    fields = {"valid_until": clock.show_date(ends), "price_per_minute": "9", "prefix": "1"}
    assert desk.post(reverse("admin:subscribers_rate_change", args=[rate.pk]), fields).status_code == 302
    kept = Rate.objects.get(pk=rate.pk)
    assert (kept.valid_until, kept.price_per_minute, kept.prefix) == (ends, rate.price_per_minute, "37533")
    assert desk.post(reverse("admin:subscribers_rate_add"), rate_fields()).status_code == 302
    follower = Rate.objects.get(valid_from=ends)
    assert desk.post(reverse("admin:subscribers_rate_delete", args=[follower.pk]), {"post": "yes"}).status_code == 302
    assert not Rate.objects.filter(pk=follower.pk).exists()
    actions = list(AuditEvent.objects.filter(action__startswith="rate.").values_list("action", flat=True))
    assert sorted(actions) == ["rate.added", "rate.changed", "rate.deleted"]


def test_rates_of_one_prefix_do_not_overlap(desk: Client, everything: Account) -> None:
    response = desk.post(reverse("admin:subscribers_rate_add"), rate_fields())
    assert "уже есть тариф" in str(response.context["adminform"].form.errors)
    assert Rate.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prefix", "37А"),
        ("price_per_minute", "-1"),
        ("first_increment", "0"),
        ("valid_until", "01.01.2020"),
        ("valid_from", ""),
    ],
)
def test_a_wrong_rate_is_refused(desk: Client, field: str, value: str, db: None) -> None:
    response = desk.post(reverse("admin:subscribers_rate_add"), rate_fields(**{field: value}))
    assert response.context["adminform"].form.errors[field]
    assert not Rate.objects.exists()


def test_a_closed_month_keeps_its_prices(desk: Client, db: None) -> None:
    BillingMonth.objects.create(month=Month.current().shift(-1).first_day, closed_at=clock.now())
    last_day = Month.current().shift(-1).last_day
    response = desk.post(reverse("admin:subscribers_rate_add"), rate_fields(valid_from=clock.show_date(last_day)))
    assert "уже закрыт для расчётов" in response.context["adminform"].form.errors["valid_from"][0]
    first_day = clock.show_date(Month.current().first_day)
    assert desk.post(reverse("admin:subscribers_rate_add"), rate_fields(valid_from=first_day)).status_code == 302


def test_a_past_rate_is_only_read(desk: Client, everything: Account) -> None:
    Rate.objects.update(valid_until=date(2021, 1, 1))
    rate = Rate.objects.get()
    desk.post(reverse("admin:subscribers_rate_change", args=[rate.pk]), {"valid_until": ""})
    assert Rate.objects.get().valid_until == date(2021, 1, 1)


# --- Imports and rejects ---------------------------------------------------------------------------------------------
def test_a_failed_import_is_worked_off_again(act: Callable[..., Any], everything: Account) -> None:
    by_command = CallImportFactory.create(file_name="a.csv", state=JobState.REFUSED)
    uploaded = CallImportFactory.create(file_name="b.csv", state=JobState.PARKED, path="imports/b.csv")
    page = act("subscribers_callimport", "again", by_command, uploaded).content.decode()
    assert "запустите команду ещё раз" in page
    assert CallImport.objects.get(pk=by_command.pk).state == JobState.REFUSED
    assert CallImport.objects.get(pk=uploaded.pk).state == JobState.WAITING


def reject(raw: str, line: int) -> CallReject:
    job = CallImportFactory.create(rejected_count=1, read_count=1)
    return CallReject.objects.create(
        call_import=job,
        source=job.source,
        line_no=line,
        raw=raw,
        code="not_ours",
        reason="Не наш",
        content_key=f"{line:064}",
    )


def freeswitch_line(calling: str) -> str:
    start = clock.minsk(clock.now() - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    fields = [
        "",
        calling,
        "112",
        "operator",
        start,
        start,
        start,
        "0",
        "0",
        "NORMAL_CLEARING",
        "id-1",
        "",
        "",
        "PCMA",
        "PCMA",
    ]
    return ",".join(f'"{field}"' for field in fields)


def test_rejects_are_tried_again_once_their_number_is_there(act: Callable[..., Any], staff: User) -> None:
    partitions.open_ahead()
    mended, hopeless = reject(freeswitch_line("375172700930"), 1), reject(freeswitch_line("375172700931"), 2)
    Rate.objects.create(
        destination=DestinationFactory.create(),
        prefix="112",
        is_short=True,
        price_per_minute=0,
        valid_from=date(2020, 1, 1),
    )
    TrunkFactory.create(phone="+375172700930")
    page = act("subscribers_callreject", "try_again", mended, hopeless).content.decode()
    assert "принято 1, повторов 0, осталось 1" in page
    assert CallReject.objects.get(pk=mended.pk).state == RejectState.RESOLVED
    assert CallReject.objects.get(pk=hopeless.pk).state == RejectState.WAITING
    assert AuditEvent.objects.get(action="reject.retried").user == staff


def test_a_reject_is_put_aside_once(act: Callable[..., Any], everything: Account) -> None:
    row = CallReject.objects.get()
    act("subscribers_callreject", "dismiss", row)
    row.refresh_from_db()
    assert row.state == RejectState.DISMISSED
    assert "уже разобрана" in act("subscribers_callreject", "dismiss", row).content.decode()
    assert AuditEvent.objects.filter(action="reject.dismissed").count() == 1
    assert not AuditEvent.objects.filter(summary__contains="205").exists()


# --- Calls -----------------------------------------------------------------------------------------------------------
def test_calls_of_a_number_are_found(desk: Client) -> None:
    trunk = TrunkFactory.create(phone="+375447112030", label="Приёмная")
    CallFactory.create(subscriber=trunk, other_party="+375297000001")
    CallFactory.create(subscriber=trunk, other_party="+375297000002", direction=CallDirection.IN, destination=None)
    CallFactory.create(other_party="+375297000003")
    page = desk.get(CALLS, {"phone": "8 044 711-20-30"}).content.decode()
    assert "+375 29 700-00-01" in page
    assert "+375 29 700-00-02" in page
    assert "+375 29 700-00-03" not in page
    assert "Приёмная" in page
    outgoing = desk.get(CALLS, {"phone": "7112030", "direction": "out"}).content.decode()
    assert "+375 29 700-00-02" not in outgoing
    last_month = desk.get(CALLS, {"phone": "7112030", "month": Month.current().shift(-1).code}).content.decode()
    assert "Звонков за этот месяц нет" in last_month


def test_a_long_list_has_keyset_pages(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscribers.selectors.desk.PAGE_SIZE", 2)
    trunk = TrunkFactory.create(phone="+375447112030")
    for second in range(3):
        CallFactory.create(
            subscriber=trunk, started_at=clock.now() - timedelta(seconds=second), other_party=f"+37529700000{second}"
        )
    first = desk.get(CALLS, {"phone": "7112030"})
    assert [row["other_party"][-1] for row in first.context["rows"]] == ["0", "1"]
    second_page = desk.get(CALLS, {"phone": "7112030", "onward": first.context["page"].onward})
    assert [row["other_party"][-1] for row in second_page.context["rows"]] == ["2"]


def test_a_number_that_moved_is_asked_about(desk: Client) -> None:
    gone = TrunkFactory.create(phone="+375447112030", status="closed", closed_at=clock.now() - timedelta(days=30))
    here = TrunkFactory.create(phone="+375447112030", connected_at=clock.now() - timedelta(days=20))
    page = desk.get(CALLS, {"phone": "447112030"})
    assert [one.pk for one in page.context["candidates"]] == [here.pk, gone.pk]
    chosen = desk.get(CALLS, {"phone": "447112030", "subscriber": str(gone.pk)})
    assert chosen.context["subscriber"] == gone


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"phone": "999"},
        {"phone": "буквы"},
        {"month": "2020-99", "phone": "7"},
        {"subscriber": "9" * 30, "phone": "7"},
    ],
)
def test_odd_searches_are_answered(desk: Client, query: dict[str, str]) -> None:
    TrunkFactory.create()
    response = desk.get(CALLS, query)
    assert response.status_code == 200
    assert 'id="result_list"' not in response.content.decode()


def test_calls_are_for_staff_who_may(client_of: Callable[[User], Client], owner: User) -> None:
    assert client_of(StaffFactory.create(is_superuser=False)).get(CALLS).status_code == 403
    assert client_of(owner).get(CALLS).status_code in {302, 403, 404}
    assert Client().get(CALLS).status_code == 302


def test_the_page_of_calls_is_in_the_index(desk: Client, client_of: Callable[[User], Client]) -> None:
    assert CALLS in desk.get(reverse("admin:index")).content.decode()
    assert CALLS not in client_of(StaffFactory.create(is_superuser=False)).get(reverse("admin:index")).content.decode()
