"""The six roles have exactly the permissions of their table, and nobody changes a role at the desk (4.2, 4.10)."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.models import AuditEvent, User
from desk import roles
from desk.models import Role
from desk.services import roles as services
from desk.tests.cast import of_role
from sipcabinet.tests.signed_in import signed_in, stepped_up

pytestmark = pytest.mark.django_db
TERMS = {terms.code: terms for terms in roles.terms()}


@pytest.fixture(autouse=True)
def synced() -> None:
    """As after `migrate`."""
    services.sync()


@pytest.mark.parametrize("code", TERMS)
def test_a_colleague_has_exactly_the_permissions_of_his_role(code: str) -> None:
    assert of_role(code).get_all_permissions() == TERMS[code].permissions


def test_roles_are_made_once() -> None:
    services.sync()
    assert Role.objects.count() == Group.objects.count() == len(TERMS)


def test_a_changed_role_is_put_right_and_the_journal_says_so() -> None:
    group = Role.objects.get(code="catalogue").group
    group.permissions.add(Permission.objects.get(codename="add_payment"))
    group.permissions.remove(Permission.objects.get(codename="add_rate"))
    services.sync()
    assert of_role("catalogue").get_all_permissions() == TERMS["catalogue"].permissions
    event = AuditEvent.objects.get(action="role.fitted")
    assert event.details == {"role": "catalogue", "given": 1, "taken": 1}


def test_a_group_made_by_hand_stays_also_with_the_name_of_a_role(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Group.objects.create(name="Касса")
    monkeypatch.setattr(roles, "terms", lambda: [replace(TERMS["billing"], code="till", name=gettext_lazy("Касса"))])
    services.sync()
    assert not mine.permissions.exists()
    assert Role.objects.get(code="till").group.name == "Касса (роль)"


def test_the_auditor_changes_nothing() -> None:
    assert {one.split(".")[1].split("_")[0] for one in TERMS["auditor"].permissions} == {"view"}


def test_no_role_but_the_administrator_touches_the_operator_s_face() -> None:
    changing = {code for code, terms in TERMS.items() if "operator_profile.change_face" in terms.permissions}
    assert changing == {"administrator"}


def test_no_role_gives_rights_to_people() -> None:
    assert not [one for terms in TERMS.values() for one in terms.permissions if one.startswith("auth.")]


def test_only_those_who_need_dialled_numbers_see_them() -> None:
    seeing = {code for code, terms in TERMS.items() if "subscribers.view_dialled_numbers" in terms.permissions}
    assert seeing == {"support", "network", "auditor", "administrator"}


@pytest.mark.parametrize("code", TERMS)
def test_the_matrix_is_open_to_all_staff(code: str) -> None:
    page = signed_in(of_role(code)).get(reverse("admin:desk_roles")).content.decode()
    assert all(str(terms.purpose) in page for terms in TERMS.values())


def test_the_matrix_says_who_has_a_role_to_those_who_may_see_logins() -> None:
    colleague = of_role("network")
    User.objects.filter(pk=colleague.pk).update(name="Пётр Лис")
    seen = {
        code: "Пётр Лис" in signed_in(of_role(code)).get(reverse("admin:desk_roles")).content.decode() for code in TERMS
    }
    assert seen == {
        "support": True, "billing": True, "catalogue": False, "network": False, "auditor": True, "administrator": True,
    }  # fmt: skip


def test_a_superuser_cannot_change_a_role_but_a_group_made_by_hand(staff: User) -> None:
    client = stepped_up(staff)
    role, mine = Role.objects.get(code="support").group, Group.objects.create(name="Касса")
    url = reverse("admin:auth_group_change", args=[role.pk])
    assert 'name="_save"' not in client.get(url).content.decode()
    assert client.post(url, {"name": "Моя", "permissions": []}).status_code == 403
    assert 'name="_save"' in client.get(reverse("admin:auth_group_change", args=[mine.pk])).content.decode()
    role.refresh_from_db()
    assert role.name == "Поддержка"


def test_a_customer_and_a_guest_do_not_see_the_matrix(owner: User) -> None:
    assert signed_in(owner).get(reverse("admin:desk_roles")).status_code in {302, 403}
