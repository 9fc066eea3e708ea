"""Rejected lines of a switch's file in groups at the desk: tried again, ignored, their number connected (4.4)."""

from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.tests.factories import StaffFactory
from desk.selectors import reject_groups
from desk.tests.cast import clerk, of_role
from desk.tests.uploaded_calls import GROUPS, NEW, desk, imported, people, source, stored_files
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import CallRecord, CallReject, CallSource
from subscribers.tests.factories import TrunkFactory
from subscribers.tests.price_list import Cast

__all__ = ["desk", "people", "source", "stored_files"]

pytestmark = pytest.mark.django_db


def test_lines_of_one_reason_and_number_are_one_group(desk: Client, source: CallSource, stored_files: Path) -> None:
    imported(desk, source)
    found = [(one.code, one.number, len(one.ids), one.seconds) for one in reject_groups.groups()]
    assert found[0] == ("not_ours", NEW, 2, 90)
    assert sorted(one[0] for one in found) == ["columns", "no_rate", "not_ours"]
    page = text(desk.get(GROUPS))
    assert "+375 44 711-20-99" in page
    assert text(desk.get(GROUPS + "?import=999999")).count("Попробовать снова") == 0
    assert desk.get(GROUPS + "?import=x").status_code == 404


def test_a_group_is_tried_again_at_once_when_its_number_is_connected(
    desk: Client, source: CallSource, stored_files: Path
) -> None:
    imported(desk, source)
    group = reject_groups.groups()[0]
    TrunkFactory.create(phone=NEW)
    assert "принято 2, повторов 0, осталось 0" in text(desk.post(GROUPS, {"group": group.key}, follow=True))
    assert "уже разобраны" in text(desk.post(GROUPS, {"group": group.key}, follow=True))
    assert CallRecord.objects.filter(call_id__in=["u-2", "u-3"]).count() == 2
    event = AuditEvent.objects.get(action="reject.retried")
    assert NEW not in f"{event.summary}{event.details}"


def test_a_group_is_ignored_with_a_reason(desk: Client, source: CallSource, stored_files: Path) -> None:
    imported(desk, source)
    own = reverse("admin:desk_reject_group", args=[reject_groups.groups()[0].key])
    assert "Укажите, почему" in text(desk.post(own, {"do": "ignore", "note": ""}))
    assert "Не учитывается записей: 2" in text(desk.post(own, {"do": "ignore", "note": "Чужой транк"}, follow=True))
    rows = CallReject.objects.filter(state="dismissed")
    assert {(row.note, row.resolved_at is None) for row in rows} == {("Чужой транк", False)}
    assert "уже разобраны" in text(desk.get(own, follow=True))


def test_connecting_the_number_begins_with_the_first_call(
    desk: Client, source: CallSource, people: Cast, stored_files: Path
) -> None:
    imported(desk, source)
    group = reject_groups.groups()[0]
    own = reverse("admin:desk_reject_group", args=[group.key])
    assert "Лицевого счёта 7 нет" in text(desk.post(own, {"do": "connect", "account": "7"}))
    account = people.stranger.account
    page = desk.post(own, {"do": "connect", "account": account.number}, follow=True)
    assert NEW not in page.redirect_chain[-1][0]
    form = page.context["form"]
    assert (form["own"].value(), str(form["connected_on"].value())) == (NEW, "2026-10-05")


def test_support_connects_the_number_and_the_network_is_told_whom_to_ask(
    desk: Client, source: CallSource, people: Cast, stored_files: Path
) -> None:
    imported(desk, source)
    own = reverse("admin:desk_reject_group", args=[reject_groups.groups()[0].key])
    form = {"do": "connect", "account": people.stranger.account.number}
    network = signed_in(of_role("network"))
    assert "могут поддержка и администратор" in text(network.get(own))
    assert network.post(own, form).status_code == 403
    support = signed_in(of_role("support"))
    page = support.post(own, form, follow=True)
    assert page.context["form"]["own"].value() == NEW
    assert "осталось 2" in text(support.post(own, {"do": "retry"}, follow=True))


def test_only_who_may_mend_mends(desk: Client, source: CallSource, stored_files: Path) -> None:
    imported(desk, source)
    key = reject_groups.groups()[0].key
    own = reverse("admin:desk_reject_group", args=[key])
    viewer = signed_in(clerk("subscribers.view_callreject"))
    assert (viewer.get(GROUPS).status_code, viewer.get(own).status_code) == (200, 200)
    for act in ("retry", "ignore", "connect", "x"):
        assert viewer.post(own, {"do": act, "note": "x"}).status_code == 403
    assert viewer.post(GROUPS, {"group": key}).status_code == 403
    assert CallReject.objects.filter(state="waiting").count() == 4


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"do": "ignore", "note": "Чужой транк"}, id="ignore"),
        pytest.param({"do": "retry"}, id="retry", marks=pytest.mark.full),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_mends_a_group(
    form: dict[str, str], desk: Client, source: CallSource, stored_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the group before one of them mends it."""
    imported(desk, source)
    TrunkFactory.create(phone=NEW)
    own = reverse("admin:desk_reject_group", args=[reject_groups.groups()[0].key])
    real, gate = reject_groups.group, Barrier(2)

    def group(*told: Any) -> Any:
        found = real(*told)
        gate.wait(timeout=30)
        return found

    monkeypatch.setattr(reject_groups, "group", group)
    clients = [desk, signed_in(StaffFactory.create())]

    def mended(client: Client) -> bool:
        client.post(own, form)
        return "уже разобраны" not in text(client.get(GROUPS))

    assert sorted(at_once([lambda: mended(clients[0]), lambda: mended(clients[1])])) == [False, True]
    assert AuditEvent.objects.filter(action__startswith="reject.").count() == 1
    assert CallReject.objects.filter(state="waiting").count() == 2
    assert CallRecord.objects.filter(call_id__in=["u-2", "u-3"]).count() == (2 if form["do"] == "retry" else 0)
