"""Only superusers may change rights, after password and code; nobody can raise his own rights (4.10)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.admin import step_up
from accounts.admin.group import GroupAdmin
from accounts.admin.login import LoginAdmin
from accounts.admin.rights import RightsAdmin
from accounts.models import AuditEvent, Session, TemporaryPassword, Throttle, User
from accounts.services import rights, throttles
from accounts.tests.factories import StaffFactory, UserFactory
from sipcabinet.lib import staff as desk_pages
from sipcabinet.tests.signed_in import signed_in, stepped_up

NEW = "сложно-но-можно-7"
ROLES = ("nothing", "everything", "asked_again_never", "asked_again_long_ago")


@dataclass
class Cast:
    """The clerk who tries the actions, the clerk's group, and the users on whom the clerk tries them."""

    clerk: User
    boss: User
    colleague: User
    customer: User
    group: Group

    def state(self) -> Any:
        """All data about users' rights that an action could change."""
        people = User.objects.order_by("pk").values_list(
            "pk", "password", "is_active", "is_staff", "is_superuser", "name", "groups", "user_permissions"
        )
        groups = Group.objects.order_by("pk").values_list("pk", "name", "permissions")
        devices = TOTPDevice.objects.order_by("pk").values_list("pk", flat=True)
        sessions = Session.objects.filter(user=self.boss, user_agent="kept").count()
        letters = TemporaryPassword.objects.count()
        limit = throttles._key(throttles.Limit("phone", self.boss.phone, 0))
        throttled = Throttle.objects.filter(key=limit).values_list("count", flat=True).first()
        return [list(people), list(groups), list(devices), sessions, letters, throttled]


@pytest.fixture
def cast(db: None) -> Cast:
    group = Group.objects.create(name="Касса")
    group.permissions.add(Permission.objects.get(codename="view_payment"))
    clerk = StaffFactory.create(is_superuser=False)
    clerk.groups.add(group)
    boss, colleague = StaffFactory.create(name="Инна"), StaffFactory.create(is_superuser=False)
    customer = UserFactory.create()
    TOTPDevice.objects.create(user=customer, name="Приложение", confirmed=True)
    signed_in(boss)
    Session.objects.filter(user=boss).update(user_agent="kept")
    throttles._count(throttles.Limit("phone", boss.phone, 0))
    return Cast(clerk, boss, colleague, customer, group)


def browser_of(role: str, cast: Cast, at: Callable[[str], Any]) -> Client:
    """A client of a user who may not change rights, by role: a clerk without rights, a clerk with every right that can
    be given, a superuser who has not given password and code again, or did so too long ago."""
    if role == "everything":
        cast.clerk.user_permissions.set(Permission.objects.all())
    if role.startswith("asked_again"):
        User.objects.filter(pk=cast.clerk.pk).update(is_superuser=True)
    if role == "asked_again_long_ago":
        browser = stepped_up(cast.clerk)
        at("2026-11-22 10:10:00")
        return browser
    return signed_in(User.objects.get(pk=cast.clerk.pk))


def person(user: User, **fields: Any) -> tuple[str, dict[str, Any]]:
    kept = {"name": user.name, "is_active": "on", "groups": [group.pk for group in user.groups.all()]}
    if user.is_superuser:
        kept["is_superuser"] = "on"
    wanted = {name: value for name, value in {**kept, **fields}.items() if value is not None}
    return reverse("admin:accounts_user_change", args=[user.pk]), wanted


def group_page(group: Group, **fields: Any) -> tuple[str, dict[str, Any]]:
    everything = list(Permission.objects.values_list("pk", flat=True))
    return reverse("admin:auth_group_change", args=[group.pk]), {
        "name": group.name,
        "permissions": everything,
        **fields,
    }


def action(name: str, *users: User) -> tuple[str, dict[str, Any]]:
    chosen = {"action": name, "_selected_action": [user.pk for user in users], "index": "0"}
    return reverse("admin:accounts_user_changelist"), chosen


ADDED = {"phone": "8 029 611-22-33", "name": "Я", "new_password": NEW, "is_superuser": "on"}
FORBIDDEN: dict[str, Callable[[Cast], tuple[str, dict[str, Any]]]] = {
    "adds a superuser": lambda _cast: (reverse("admin:accounts_user_add"), ADDED),
    "makes himself a superuser": lambda cast: person(cast.clerk, is_superuser="on"),
    "renames himself": lambda cast: person(cast.clerk, name="Главный"),
    "leaves his groups": lambda cast: person(cast.clerk, groups=[]),
    "sets a superuser's password": lambda cast: person(cast.boss, new_password=NEW),
    "closes a superuser's login": lambda cast: person(cast.boss, is_active=None),
    "takes a superuser's rights": lambda cast: person(cast.boss, is_superuser=None),
    "sets a colleague's password": lambda cast: person(cast.colleague, new_password=NEW),
    "gives a colleague a group": lambda cast: person(cast.colleague, groups=[cast.group.pk]),
    "gives his group every right": lambda cast: group_page(cast.group),
    "renames his group": lambda cast: group_page(cast.group, name="Иначе"),
    "adds a group": lambda _cast: (reverse("admin:auth_group_add"), {"name": "Ещё", "permissions": []}),
    "drops a superuser's second factor": lambda cast: action("drop_second_factor", cast.boss),
    "drops a colleague's second factor": lambda cast: action("drop_second_factor", cast.colleague),
    "drops a customer's second factor": lambda cast: action("drop_second_factor", cast.customer),
    "ends a superuser's sessions": lambda cast: action("end_sessions", cast.boss),
    "lifts a superuser's throttle": lambda cast: action("allow_attempts", cast.boss),
}
NOBODYS: dict[str, Callable[[Cast], tuple[str, dict[str, Any]]]] = {
    "sends a superuser a temporary password": lambda cast: action("send_temporary_password", cast.boss),
    "closes a superuser as a customer": lambda cast: action("close_login", cast.boss),
}


@pytest.mark.parametrize("role", ROLES)
def test_nobody_else_changes_who_may_do_what(role: str, cast: Cast, at: Callable[[str], Any]) -> None:
    at("2026-11-22 10:00:00")
    browser = browser_of(role, cast, at)
    for deed, asks in {**FORBIDDEN, **NOBODYS}.items():
        address, typed = asks(cast)
        before = cast.state()
        answer = browser.post(address, typed)
        assert cast.state() == before, deed
        assert answer.status_code in {200, 302, 403}, deed
        if role.startswith("asked_again") and deed in FORBIDDEN:
            assert "accounts/step_up.html" in [template.name for template in answer.templates], deed
    assert not AuditEvent.objects.filter(action__endswith="rights_changed").exists()


@pytest.mark.parametrize("deed", FORBIDDEN)
def test_a_superuser_who_was_asked_again_does(deed: str, cast: Cast) -> None:
    """The same actions succeed here, so the matrix is not refused for another reason."""
    browser = stepped_up(StaffFactory.create())
    address, typed = FORBIDDEN[deed](cast)
    before = cast.state()
    assert browser.post(address, typed).status_code == 302
    assert cast.state() != before
    assert AuditEvent.objects.filter(by_staff=True).exists()


@pytest.mark.parametrize(
    "fields",
    [{"groups": "of the clerk"}, {"is_superuser": None}, {"is_active": None}],
    ids=lambda fields: next(iter(fields)),
)
def test_nobody_changes_his_own_rights(fields: dict[str, Any], cast: Cast) -> None:
    me = StaffFactory.create()
    given = {name: [cast.group.pk] if value else None for name, value in fields.items()}
    before = cast.state()
    answer = stepped_up(me).post(*person(me, **given), follow=True)
    assert "Свои права не меняет никто" in answer.content.decode()
    assert cast.state() == before


def test_a_superuser_renames_himself_and_sets_his_password(cast: Cast) -> None:
    me = StaffFactory.create()
    assert stepped_up(me).post(*person(me, name="Ольга", new_password=NEW)).status_code == 302
    me.refresh_from_db()
    assert (me.name, me.check_password(NEW)) == ("Ольга", True)


@pytest.mark.parametrize("deed", NOBODYS)
def test_what_is_for_customers_is_not_done_to_staff(deed: str, cast: Cast) -> None:
    browser = stepped_up(StaffFactory.create())
    before = cast.state()
    browser.post(*NOBODYS[deed](cast))
    assert cast.state() == before


# --- Each guard is taken away in turn --------------------------------------------------------------------------------
def test_the_write_itself_demands_the_proof(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that does not ask for password and code still writes nothing; without both guards it writes."""
    browser = signed_in(cast.boss)
    monkeypatch.setattr(step_up, "ask", lambda _request: None)
    for address, typed in (group_page(cast.group), person(cast.colleague, is_superuser="on")):
        before = cast.state()
        assert browser.post(address, typed).status_code == 403
        assert cast.state() == before
    monkeypatch.setattr(RightsAdmin, "demand_proof", lambda *_any: None)
    assert browser.post(*group_page(cast.group)).status_code == 302
    assert cast.group.permissions.count() == Permission.objects.count()


def test_without_the_guard_of_groups_a_clerk_raises_himself(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.clerk.user_permissions.set(Permission.objects.filter(codename="change_group"))
    browser = signed_in(cast.clerk)
    assert browser.post(*group_page(cast.group)).status_code == 403
    monkeypatch.setattr(GroupAdmin, "has_change_permission", desk_pages.StaffAdmin.has_change_permission)
    monkeypatch.setattr(RightsAdmin, "demand_proof", lambda *_any: None)
    monkeypatch.setattr(rights, "hold", lambda **_any: None)
    monkeypatch.setattr(rights, "keep_a_superuser", lambda: None)
    assert browser.post(*group_page(cast.group)).status_code == 302
    assert cast.group.permissions.count() == Permission.objects.count()


def test_without_the_guard_of_actions_a_clerk_acts_on_a_superuser(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    browser = signed_in(cast.clerk)
    answer = browser.post(*action("end_sessions", cast.boss, cast.customer), follow=True)
    assert "С логинами сотрудников работает только суперпользователь." in answer.content.decode()
    assert Session.objects.filter(user=cast.boss).exists()
    monkeypatch.setattr(LoginAdmin, "_demand_superuser", lambda *_any: None)
    browser.post(*action("end_sessions", cast.boss))
    assert not Session.objects.filter(user=cast.boss).exists()


def test_a_clerk_goes_on_working_with_customers(cast: Cast) -> None:
    cast.clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    browser = signed_in(cast.clerk)
    signed_in(cast.customer)
    browser.post(*action("end_sessions", cast.customer))
    assert not Session.objects.filter(user=cast.customer).exists()
    browser.post(*action("close_login", cast.customer))
    assert not User.objects.get(pk=cast.customer.pk).is_active


def test_a_link_fills_no_rights_in(cast: Cast) -> None:
    page = stepped_up(cast.boss).get(reverse("admin:accounts_user_add"), {"is_superuser": "1", "name": "Я"})
    assert page.context["adminform"].form.initial == {}


# --- The last superuser ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("field", ["is_superuser", "is_active"])
def test_the_last_superuser_stays_one(field: str, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = stepped_up(cast.boss)
    page = browser.post(*person(cast.boss, **{field: None}))
    assert "Это последний суперпользователь" in page.context["adminform"].form.errors[field][0]
    monkeypatch.setattr(rights, "is_last_superuser", lambda _user: False)  # the form accepts it: the write refuses
    page = browser.post(*person(cast.boss, **{field: None}), follow=True)
    assert "Это последний суперпользователь" in page.content.decode()
    kept = User.objects.get(pk=cast.boss.pk)
    assert (kept.is_superuser, kept.is_active) == (True, True)


def test_one_of_two_may_go(cast: Cast) -> None:
    assert stepped_up(StaffFactory.create()).post(*person(cast.boss, is_superuser=None)).status_code == 302
    assert not User.objects.get(pk=cast.boss.pk).is_superuser
    assert signed_in(cast.boss).get(reverse("admin:auth_group_changelist")).status_code == 403


def take_each_others_rights() -> int:
    """Two superusers take each other's rights at the same moment; returns how many superusers are left."""
    pair = [StaffFactory.create(), StaffFactory.create()]
    gate = threading.Barrier(2)

    def meet() -> None:
        """Both threads reach this point only if no lock makes the second wait."""
        with suppress(threading.BrokenBarrierError):
            gate.wait(timeout=0.5)

    def take(by: User, of: User) -> None:
        try:
            with suppress(rights.RightsError), transaction.atomic():
                rights.hold(by=by)
                User.objects.filter(pk=of.pk).update(is_superuser=False)
                meet()
                rights.keep_a_superuser()
                meet()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take, pair, reversed(pair)))
    return User.objects.filter(is_superuser=True).count()


@pytest.mark.django_db(transaction=True)
def test_two_do_not_take_each_others_rights(monkeypatch: pytest.MonkeyPatch) -> None:
    assert take_each_others_rights() == 1
    User.objects.all().delete()
    monkeypatch.setattr(rights, "hold", lambda **_any: None)
    assert take_each_others_rights() == 0  # this is the fault that the lock prevents


# --- The journal -----------------------------------------------------------------------------------------------------
def test_the_journal_keeps_what_was_before_and_after(cast: Cast) -> None:
    browser = stepped_up(cast.boss)
    billing = Group.objects.create(name="Биллинг")
    wanted = person(cast.clerk, groups=[cast.group.pk, billing.pk], is_superuser="on", new_password=NEW)
    browser.post(*wanted)
    event = AuditEvent.objects.get(action="login.rights_changed")
    changed = event.details["changes"]
    assert changed["groups"] == {"label": "группы", "before": ["Касса"], "after": ["Биллинг", "Касса"]}
    assert changed["is_superuser"] == {"label": "суперпользователь", "before": False, "after": True}
    assert (event.user, event.address, event.account) == (cast.boss, "127.0.0.1", None)
    for words in ("группы: Касса → Биллинг, Касса", "суперпользователь: нет → да", "задан новый пароль"):
        assert words in event.summary
    told = str(event.details) + event.summary
    assert NEW not in told
    assert User.objects.get(pk=cast.clerk.pk).password not in told


def test_a_new_person_and_a_group_are_in_the_journal(cast: Cast) -> None:
    browser = stepped_up(cast.boss)
    browser.post(reverse("admin:accounts_user_add"), {**ADDED, "groups": [cast.group.pk]})
    added = AuditEvent.objects.get(action="login.rights_changed").details["changes"]
    assert added["is_superuser"] == {"label": "суперпользователь", "before": None, "after": True}
    assert added["groups"] == {"label": "группы", "before": None, "after": ["Касса"]}
    change = Permission.objects.get(codename="add_payment")
    browser.post(*group_page(cast.group, name="Кассиры", permissions=[change.pk]))
    event = AuditEvent.objects.get(action="group.rights_changed")
    assert event.details["changes"] == {
        "name": {"label": "название", "before": "Касса", "after": "Кассиры"},
        "permissions": {"label": "права", "before": ["billing.view_payment"], "after": ["billing.add_payment"]},
    }
    assert "название: Касса → Кассиры; прав добавлено: 1, отнято: 1" in event.summary


def test_a_save_that_changes_nothing_is_no_change_of_rights(cast: Cast) -> None:
    stepped_up(cast.boss).post(*person(cast.colleague))
    assert not AuditEvent.objects.filter(action="login.rights_changed").exists()
