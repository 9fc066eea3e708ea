"""Secret columns are declared, and no page of the desk names one."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory

from accounts.admin.sign_in import SessionAdmin
from accounts.models import Account, Session, User
from sipcabinet.lib import secret_fields

PAGES = list(admin.site._registry.values())


def asked(user: User) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    return request


SOUNDS_SECRET = ("password", "secret", "token", "key", "sealed", "ha1", "body", "session_data", "digest", "hash")
HARMLESS = {
    "claim_token", "dedupe_key", "source_key", "content_key", "key", "password_changed_at", "sealed",
}  # fmt: skip


def test_what_sounds_secret_is_declared() -> None:
    open_ones = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete
        and not field.is_relation
        and any(word in field.name for word in SOUNDS_SECRET)
        and field.name not in secret_fields.of(model)
        and (field.name not in HARMLESS or model._meta.app_label.startswith("otp_"))
    }
    assert open_ones == set()


def test_no_page_shows_a_secret(staff: User, everything: Account) -> None:
    request = asked(staff)
    for page in PAGES:
        row = page.model._default_manager.first()
        form = page.get_form(request, row, change=True).base_fields if page.has_change_permission(request, row) else {}
        shown = [*page.get_list_display(request), *page.get_search_fields(request), *form]
        shown += [*page.get_readonly_fields(request, row), *page.get_fields(request, row)]
        assert [name for name in shown if secret_fields.is_on(page.model, str(name).lstrip("^=@"))] == []
        for inline in page.get_inline_instances(request, row):
            inner = [*inline.get_fields(request, row), *inline.get_readonly_fields(request, row)]
            assert [name for name in inner if secret_fields.is_on(inline.model, str(name))] == []


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("list_display", ["session_key"]),
        ("list_filter", ["session_data"]),
        ("list_filter", ["user__password"]),
        ("search_fields", ["^session_key"]),
        ("search_fields", ["user__totpdevice__key"]),
        ("phone_search_fields", ["user__password"]),
        ("named_lookups", ["session_key__startswith"]),
        ("ordering", ["-session_key"]),
        ("fields", ["session_data"]),
        ("readonly_fields", ["session_key"]),
    ],
)
def test_a_page_that_names_a_secret_fails_the_checks(
    attribute: str, value: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = admin.site.get_model_admin(Session)
    assert page.check() == []
    monkeypatch.setattr(SessionAdmin, attribute, value)
    assert [fault for fault in page.check() if fault.id == "staff.E001"]
    if attribute == "named_lookups":
        assert not page.lookup_allowed(value[0], "a", asked(User()))


def test_a_password_is_where_the_path_ends() -> None:
    assert secret_fields.is_on(Account, "users__password__startswith")
    assert secret_fields.is_on(Session, "pk")
    assert not secret_fields.is_on(Account, "users__phone__startswith")
    assert not secret_fields.is_on(Account, "nothing__of__ours")
