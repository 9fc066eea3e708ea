"""Links under which telephones fetch their settings: made after a step-up, bounded, withdrawn, in no log (3.4)."""

import hashlib
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import PASSWORD, AccountFactory, UserFactory
from sipcabinet.lib import clock, tenancy
from sipcabinet.tests.at_once import at_once
from sipcabinet.tests.page_text import words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import SipAccount, SipLink, Subscriber
from subscribers.services import numbers, sip_links
from subscribers.services.sip_accounts import SipError
from subscribers.sip import FILES, phone_files
from subscribers.tests.factories import NumberFactory, TrunkFactory
from subscribers.tests.sip_cast import SECRET, access_of, link_path
from subscribers.tests.sip_factories import SipAccountFactory

pytestmark = pytest.mark.django_db
MAC = "001565abcdef"
NEW = "зимний вечер над Сожем"
NAMES = {"yealink": f"{MAC}.cfg", "grandstream": f"cfg{MAC}.xml", "fanvil": f"{MAC}.cfg"}


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    return access_of(account).trunk


def status(path: str, client: Client | None = None, **headers: Any) -> int:
    return (client or Client()).get(path, **headers).status_code


# --- What a telephone gets -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", phone_files.KINDS)
def test_a_telephone_gets_its_file_with_the_password(trunk: Subscriber, kind: str) -> None:
    answer = Client().get(
        link_path(trunk, kind) + NAMES[kind], headers={"User-Agent": "Phone"}, REMOTE_ADDR="203.0.113.9"
    )
    assert answer.status_code == 200
    assert answer.content.decode() == FILES[kind].render(_shown(trunk))
    assert SECRET in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == f"{FILES[kind].mime}; charset=utf-8"
    assert not answer.cookies
    link = SipLink.objects.get()
    assert (link.fetches, link.fetched_from) == (1, "203.0.113.9")
    event = AuditEvent.objects.get(action="sip.link_fetched")
    assert (event.account_id, event.address) == (trunk.account_id, "203.0.113.9")
    assert "00:15:65:ab:cd:ef" in event.summary


def _shown(trunk: Subscriber) -> Any:
    from subscribers.selectors import sip

    access = sip.of(trunk.account, trunk)
    assert access is not None
    return access.parameters.with_password(SECRET)


def test_names_are_taken_in_both_cases_and_others_are_missing(trunk: Subscriber) -> None:
    path = link_path(trunk, "grandstream", "00-15-65-AB-CD-EF")
    assert status(f"{path}cfg{MAC.upper()}.xml") == 200
    for name in (
        "",
        f"cfg{MAC}",
        "cfg.xml",
        "cfg001565abcdee.xml",
        f"{MAC}.cfg",
        "y000000000044.cfg",
        f"x/cfg{MAC}.xml",
    ):
        assert status(path + name) == 404, name


def test_a_link_for_a_name_belongs_to_the_first_telephone(trunk: Subscriber) -> None:
    path = link_path(trunk, device="Приёмная")
    assert status(f"{path}{MAC}.cfg") == 200
    assert status(f"{path}001565000001.cfg") == 404
    assert status(f"{path}{MAC}.cfg") == 200
    assert (SipLink.objects.get().mac, SipLink.objects.get().fetches) == (MAC, 2)


def test_a_trunk_by_addresses_gets_no_password(trunk: Subscriber) -> None:
    SipAccount.objects.update(mode="by_address", allowed_addresses=["203.0.113.7"])
    assert SECRET not in Client().get(link_path(trunk) + NAMES["yealink"]).content.decode()


# --- What gives nothing ----------------------------------------------------------------------------------------------
def test_each_fault_has_the_same_answer(trunk: Subscriber, at: Any, settings: Any) -> None:
    moment = at("2026-11-22 10:00")
    expired, withdrawn, used = (link_path(trunk, lifetime="hour") + NAMES["yealink"] for _link in range(3))
    rows = list(SipLink.objects.order_by("pk"))
    sip_links.withdraw(link=rows[1], by=Actor())
    SipLink.objects.filter(pk=rows[2].pk).update(fetches=sip_links.MOST_FETCHES)
    assert status(expired) == 200
    moment.shift(timedelta(hours=1))
    good = link_path(trunk)
    answers = [
        Client().get(path)
        for path in (
            expired, withdrawn, used, f"/phones/{'a' * 26}/{MAC}.cfg", f"{good}other.cfg", "/phones/", "/phones/x",
            f"{good}001565000001.cfg", f"/phones/{'я' * 30}/{MAC}.cfg",
        )
    ]  # fmt: skip
    assert {(one.status_code, one.content, str(sorted(one.headers))) for one in answers} == {
        (404, b"Not found\n", str(sorted(answers[0].headers)))
    }
    assert answers[0].headers["Cache-Control"] == "no-store"
    numbers.close(subscriber=trunk)
    assert status(good + NAMES["yealink"]) == 404
    assert AuditEvent.objects.filter(action="sip.link_fetched").count() == 1


def _changed_password(owner: User) -> None:
    form = {"current": PASSWORD, "new_password": NEW, "repeated": NEW}
    assert signed_in(owner).post("/password/", form).status_code == 302


@pytest.mark.parametrize("left", ["password", "login", "account"])
def test_a_link_ends_with_the_password_that_made_it(
    trunk: Subscriber, owner: User, client: Client, left: str, at: Any
) -> None:
    """A thief's link would else give each later SIP password for 30 days."""
    moment = at("2026-11-22 10:00")
    made = sip_links.create(trunk=trunk, kind="yealink", device=MAC, lifetime="month", by=Actor(owner))
    path = f"/phones/{made.address.split('/')[4]}/{MAC}.cfg"
    assert status(path) == 200
    moment.shift(timedelta(minutes=1))
    if left == "password":
        _changed_password(owner)
    elif left == "login":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    else:
        Account.objects.filter(pk=trunk.account_id).update(status="closed", closed_on=clock.today())
    assert status(path) == 404
    assert (sip_links.live(account_id=trunk.account_id), sip_links.live_of_trunk(trunk)) == (0, 0)
    if left == "password":
        owner.refresh_from_db()
        listed = words(signed_in(owner).get(reverse("subscribers:sip_phones", args=[trunk.pk])))
        assert "сменился пароль" in listed
        assert "Отозвать" not in listed


def test_the_change_of_the_sip_password_warns_of_links(trunk: Subscriber, client: Client) -> None:
    page = reverse("subscribers:sip_password_change", args=[trunk.pk])
    assert "Ссылки для телефонов отдадут" not in words(client.get(page))
    link_path(trunk)
    assert "Ссылки для телефонов отдадут и новый пароль" in words(client.get(page))


def test_an_unreadable_password_gives_nothing_and_no_value_in_the_log(trunk: Subscriber) -> None:
    path = link_path(trunk) + NAMES["yealink"]
    SipAccount.objects.update(password_sealed="spoilt")
    with capture_logs() as events:
        assert status(path) == 404
    assert [event["event"] for event in events] == ["sip.link_unwritable"]
    assert SipLink.objects.get().fetches == 0


def test_over_http_there_is_nothing_where_the_portal_has_https(trunk: Subscriber, settings: Any) -> None:
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    path = link_path(trunk) + NAMES["yealink"]
    assert status(path) == 404  # and no redirect, which would make the telephone try again with https
    assert Client().get(path, secure=True).status_code == 200


def test_a_telephone_only_reads(trunk: Subscriber) -> None:
    path = link_path(trunk) + NAMES["yealink"]
    assert Client().post(path).status_code == 405
    assert SipLink.objects.get().fetches == 0
    answer = Client().head(path)
    assert (answer.status_code, answer.content, SipLink.objects.get().fetches) == (200, b"", 1)


# --- Bounds ----------------------------------------------------------------------------------------------------------
def test_a_link_is_used_seldom_and_not_for_ever(trunk: Subscriber, at: Any, settings: Any) -> None:
    moment = at("2026-11-22 10:00")
    path = link_path(trunk, lifetime="month") + NAMES["yealink"]
    answers = [Client().get(path) for _ask in range(sip_links.FETCHES_AT_ONCE + 1)]
    assert [one.status_code for one in answers] == [200] * sip_links.FETCHES_AT_ONCE + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    moment.shift(settings.SIGN_IN_WINDOW + timedelta(seconds=1))
    SipLink.objects.update(fetches=sip_links.MOST_FETCHES - 1)
    assert [status(path), status(path)] == [200, 404]


@pytest.mark.django_db(transaction=True)
def test_asked_at_once_the_last_fetch_is_given_once(account: Account) -> None:
    path = link_path(access_of(account).trunk) + NAMES["yealink"]
    SipLink.objects.update(fetches=sip_links.MOST_FETCHES - 1)
    assert sorted(at_once([lambda: status(path)] * 4)) == [200, 404, 404, 404]


def test_an_account_has_a_bounded_number_of_links(trunk: Subscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_links, "MOST_LINKS", 2)
    for _link in range(2):
        link_path(trunk)
    with pytest.raises(SipError, match="Отзовите"):
        link_path(trunk)
    sip_links.withdraw(link=SipLink.objects.first(), by=Actor())  # type: ignore[arg-type]
    link_path(trunk)


# --- Making ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("device", "field"),
    [("", "device"), ("00:15:65:ab:cd", "device"), ("00:15:65:ab:cd:eg", "device"), ("x" * 41, "device"),
     ("0:0:0:0", "device"), ("00:00:00:00:00:00", "device")],
)  # fmt: skip
def test_a_wrong_device_is_refused_at_its_field(trunk: Subscriber, device: str, field: str) -> None:
    with pytest.raises(SipError) as refusal:
        link_path(trunk, device=device)
    assert refusal.value.field == field
    assert not SipLink.objects.exists()


def test_the_secret_is_stored_as_a_hash_alone(trunk: Subscriber) -> None:
    secret = link_path(trunk).split("/")[2]
    assert re.fullmatch(r"[a-z2-9]{26}", secret)
    assert SipLink.objects.get().secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(list(SipLink.objects.values())) + repr(list(AuditEvent.objects.values()))


def sent(**changed: str) -> dict[str, str]:
    return {
        "kind": "yealink", "device": "00:15:65:AB:CD:EF", "lifetime": "week", "password": PASSWORD,
        "token": uuid.uuid4().hex,
    } | changed  # fmt: skip


def test_a_customer_makes_a_link_and_sees_its_address_once(trunk: Subscriber, client: Client) -> None:
    page, form = reverse("subscribers:sip_phone_add", args=[trunk.pk]), sent()
    answer = client.post(page, form)
    shown = words(answer)
    address = re.search(r"https?://\S+/phones/[a-z2-9]{26}/", shown)
    assert address is not None
    assert f"{MAC}.cfg" in shown
    assert answer.headers["Cache-Control"] == "no-store"
    assert status(f"/phones/{address[0].split('/')[4]}/{MAC}.cfg") == 200
    link = SipLink.objects.get()
    assert link.expires_at - link.created_at == pytest.approx(timedelta(days=7), abs=timedelta(seconds=5))
    assert "уже создана" in words(client.post(page, form))
    assert SipLink.objects.count() == 1
    listed = words(client.get(reverse("subscribers:sip_phones", args=[trunk.pk])))
    for text in ("Yealink", "00:15:65:ab:cd:ef", "действует", "127.0.0.1", "Отозвать"):
        assert text in listed, text
    assert "/phones/" not in listed.replace("/sip/phones/", "")
    assert AuditEvent.objects.filter(action="sip.link_made", user__isnull=False).count() == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"password": "wrong"}, "Неверный пароль"), ({"kind": "cisco"}, "Выберите телефон"),
     ({"lifetime": "year"}, "Выберите срок"), ({"device": "1:2:3"}, "MAC-адрес")],
)  # fmt: skip
def test_a_wrong_form_makes_nothing_and_keeps_what_was_typed(
    trunk: Subscriber, client: Client, wrong: dict[str, str], told: str
) -> None:
    answer = client.post(reverse("subscribers:sip_phone_add", args=[trunk.pk]), sent(**wrong))
    assert told in words(answer)
    assert wrong.get("device", "00:15:65:AB:CD:EF") in answer.content.decode()
    assert not SipLink.objects.exists()


def test_a_customer_withdraws_a_link(trunk: Subscriber, client: Client) -> None:
    path = link_path(trunk) + NAMES["yealink"]
    page = reverse("subscribers:sip_phone_withdraw", args=[trunk.pk, SipLink.objects.get().pk])
    assert client.post(page).status_code == 302
    assert client.post(page).status_code == 302
    assert status(path) == 404
    assert AuditEvent.objects.filter(action="sip.link_withdrawn").count() == 1
    assert "отозвана" in words(client.get(reverse("subscribers:sip_phones", args=[trunk.pk])))


def test_a_number_leads_to_the_links_of_its_trunk(trunk: Subscriber, client: Client) -> None:
    link_path(trunk)
    number = NumberFactory.create(trunk=trunk)
    assert "00:15:65:ab:cd:ef" in words(client.get(reverse("subscribers:sip_phones", args=[number.pk])))
    client.post(reverse("subscribers:sip_phone_add", args=[number.pk]), sent(device="Кухня"))
    assert SipLink.objects.latest("pk").trunk == trunk


def test_another_account_neither_sees_nor_makes_nor_withdraws(trunk: Subscriber) -> None:
    link_path(trunk)
    link = SipLink.objects.get()
    stranger = AccountFactory.create()
    other = signed_in(UserFactory.create(account=stranger))
    theirs = access_of_other(stranger)
    assert other.get(reverse("subscribers:sip_phones", args=[trunk.pk])).status_code == 404
    assert other.post(reverse("subscribers:sip_phone_add", args=[trunk.pk]), sent()).status_code == 404
    for pk in (trunk.pk, theirs.pk):
        assert other.post(reverse("subscribers:sip_phone_withdraw", args=[pk, link.pk])).status_code == 404
    with tenancy.portal(stranger.pk):
        assert not SipLink.objects.exists()
    with pytest.raises(ProgrammingError), tenancy.portal(trunk.account_id), transaction.atomic():
        SipLink.objects.update(expires_at=clock.now())
    link.refresh_from_db()
    assert link.withdrawn_at is None


def access_of_other(account: Account) -> Subscriber:
    trunk = TrunkFactory.create(account=account)
    SipAccountFactory.create(trunk=trunk)
    return trunk
