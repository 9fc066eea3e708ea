"""Rows of the desk are found only by lookups that its pages name, so no secret can be read letter by letter."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.auth.admin import GroupAdmin as LibraryGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.admin.sign_in import SessionAdmin
from accounts.models import Account, Session, User
from accounts.tests.factories import StaffFactory
from sipcabinet.lib import secret_fields, staff
from sipcabinet.lib.staff_lookups import NamedLookups
from sipcabinet.tests.signed_in import signed_in

PAGES = sorted(admin.site._registry.values(), key=lambda page: page.opts.label)
DJANGOS = admin.ModelAdmin.lookup_allowed
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.opts.label)


def url(model: type[models.Model], page: str = "changelist", *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def asked(user: User, **query: Any) -> HttpRequest:
    request = RequestFactory().get("/", query)
    request.user = user
    return request


# --- Every page × every field, also behind each relation × every lookup ----------------------------------------------
@cache
def lookups(field: Any) -> list[str]:
    """Names of all lookups and transforms of a field."""
    return sorted((getattr(field, "get_lookups", None) or field.field.get_lookups)())


def transformed(field: Any) -> Iterator[str]:
    """Lookups on the results of a field's transforms, such as `year__gte`."""
    known = (getattr(field, "get_lookups", None) or field.field.get_lookups)()
    for name, lookup in known.items():
        if issubclass(lookup, models.Transform):
            made = getattr(lookup, "output_field", None)
            inner = made if isinstance(made, models.Field) else models.IntegerField()
            yield from (f"{name}{LOOKUP_SEP}{ending}" for ending in inner.get_lookups())


def parameters(model: type[models.Model]) -> Iterator[str]:
    """All parameters that a list's URL could have: `password__startswith`, `account__users__phone__regex`."""
    for field in model._meta.get_fields():
        yield from [field.name, *(f"{field.name}__{ending}" for ending in [*lookups(field), *transformed(field)])]
        behind = field.related_model
        if isinstance(behind, type) and issubclass(behind, models.Model):
            for inner in behind._meta.get_fields():
                path = f"{field.name}__{inner.name}"
                yield from [path, *(f"{path}__{ending}" for ending in lookups(inner))]
    yield from ("pk", "pk__startswith", "pk__in")


def accepted(page: Any, user: User, beginning: str = "") -> set[str]:
    """The parameters that the list accepts as filters, found by requests to the list."""
    request = asked(user)
    shown = page.get_changelist_instance(request)
    taken = set()
    for parameter in parameters(page.model):
        if parameter.startswith(beginning) and is_taken(shown, request, parameter):
            taken.add(parameter)
    return taken


def is_taken(shown: Any, request: HttpRequest, parameter: str) -> bool:
    shown.filter_params = {parameter: ["1"]}
    try:
        shown.get_filters(request)
    except DisallowedModelAdminLookup:
        return False
    except (IncorrectLookupParameters, ValueError):
        return True  # the lookup is accepted, only its value is refused
    return True


def named(page: Any) -> set[str]:
    """The parameters of the page's filters, derived from the kinds of their fields."""
    found = set()
    for item in page.list_filter:
        if isinstance(item, type):
            found.add(str(item.parameter_name))  # type: ignore[attr-defined]
            continue
        path = item[0] if isinstance(item, tuple) else item
        field: Any = get_fields_from_path(page.model, path)[-1]
        found |= {"__".join([path, *ending]) for ending in suffixes(item, field)}
    return found


def suffixes(item: Any, field: Any) -> list[list[str]]:
    if isinstance(item, tuple) and item[1] is admin.EmptyFieldListFilter:
        return [["isempty"]]
    if isinstance(item, tuple):
        return [[], ["isnull"]]  # all values
    if field.is_relation:
        return [["id", "exact"], ["isnull"]]
    if isinstance(field, models.DateField):
        return [["gte"], ["lt"], *([["isnull"]] if field.null else [])]
    has_choices = field.flatchoices or isinstance(field, models.BooleanField)
    return [["exact"] if has_choices else [], ["isnull"]]


@pytest.fixture(scope="module")
def all_parameters() -> int:
    return sum(1 for page in PAGES for _parameter in parameters(page.model))


@pytest.mark.django_db
def test_a_list_takes_the_named_lookups_alone(staff: User, all_parameters: int) -> None:
    assert all_parameters > 20_000  # the generator of parameters works
    for page in PAGES:
        assert accepted(page, staff) == named(page) & set(parameters(page.model)), page.opts.label


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "leak"),
    [
        (Session, "session_key__startswith"),
        (User, "password__startswith"),
        (User, "temporary_passwords__password__startswith"),
        (Account, "cabinet_email__regex"),
    ],
)
def test_without_the_guard_the_walk_finds_the_leaks(
    model: type[models.Model], leak: str, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = admin.site.get_model_admin(model)
    field = leak.rpartition("__")[0]
    assert leak not in accepted(page, staff, field)
    monkeypatch.setattr(NamedLookups, "lookup_allowed", let_through)
    assert leak in accepted(page, staff, field)


def let_through(page: Any, lookup: str, value: Any, request: HttpRequest) -> bool:
    """Replaces the guard and allows every lookup."""
    return True


# --- The requests that read secrets before the guard existed ---------------------------------------------------------
@pytest.fixture
def viewer(db: None) -> Client:
    """A client of a clerk who may view everything and change nothing."""
    clerk = StaffFactory.create(is_superuser=False)
    clerk.user_permissions.add(*Permission.objects.filter(codename__startswith="view_"))
    return signed_in(clerk)


def read_letter_by_letter(browser: Client, where: str, lookup: str, letters: str, length: int, **query: str) -> str:
    """The beginning of a column's value, which a clerk finds by filters with longer and longer beginnings."""
    found = ""
    for _place in range(length):
        for letter in letters:
            answer = browser.get(where, {lookup: found + letter, **query})
            if answer.status_code == 200 and answer.context["cl"].result_count:
                found += letter
                break
    return found


Lookup = tuple[type[models.Model], str, str, dict[str, str]]
LOOKUPS: list[Lookup] = [
    (Session, "session_key__startswith", "0123456789abcdef", {}),
    (User, "password__startswith", "argon2", {}),
    (User, "password__startswith", "argon2$quick", {"e": "1"}),
    (User, "password__startswith", "argon2$quick", {"_popup": "1"}),
    (User, "password__startswith", "argon2$quick", {"_facets": "True"}),
]


@pytest.mark.parametrize("named", LOOKUPS)
def test_no_secret_is_read_letter_by_letter(named: Lookup, viewer: Client, everything: Account) -> None:
    model, lookup, letters, query = named
    for more in (query, {**query, "o": "1"}, {**query, "q": "1"}):
        answer = viewer.get(url(model), {lookup: letters[0], **more})
        assert answer.status_code == 400
        assert "result_list" not in answer.content.decode()
    assert read_letter_by_letter(viewer, url(model), lookup, letters[:2], 1, **query) == ""


@pytest.mark.parametrize("named", LOOKUPS[:2])
def test_without_the_guard_it_is(
    named: Lookup, viewer: Client, everything: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, lookup, letters, query = named
    monkeypatch.setattr(NamedLookups, "lookup_allowed", DJANGOS)
    read = read_letter_by_letter(viewer, url(model), lookup, letters, 2, **query)
    assert len(read) == 2
    column = lookup.partition(LOOKUP_SEP)[0]
    assert any(value.startswith(read) for value in model._default_manager.values_list(column, flat=True))


def test_filters_of_the_page_go_on_working(desk: Client, everything: Account) -> None:
    for query in ({"is_staff__exact": "1"}, {"is_active__exact": "0", "o": "-1", "q": "а"}, {"all": "", "p": "1"}):
        assert desk.get(url(User), query).status_code == 200
    page = desk.get(url(User), {"is_staff__exact": "1"})
    shown = [user.is_staff for user in page.context["cl"].result_list]
    assert (len(shown), set(shown)) == (User.objects.filter(is_staff=True).count(), {True})


def test_rows_are_not_asked_for_by_a_secret(desk: Client, everything: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for model, field in ((Session, "session_key"), (User, "password")):
        assert desk.get(url(model), {"_to_field": field}).status_code == 400
    change = url(User, "change", User.objects.values_list("password", flat=True)[0])
    assert desk.get(change, {"_to_field": "password"}).status_code == 400
    monkeypatch.setattr(NamedLookups, "to_field_allowed", admin.ModelAdmin.to_field_allowed)
    assert desk.get(url(Session), {"_to_field": "session_key"}).status_code == 200


# --- Every page has the guard ----------------------------------------------------------------------------------------
@by_page
def test_a_page_has_the_guard_and_does_not_reopen_it(page: Any) -> None:
    assert isinstance(page, staff.StaffAdmin)
    assert type(page).lookup_allowed is NamedLookups.lookup_allowed
    assert type(page).to_field_allowed is NamedLookups.to_field_allowed


@pytest.mark.parametrize("library", [None, LibraryGroupAdmin])
def test_a_librarys_page_gets_it_with_its_registration(library: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked(User(is_superuser=True, is_staff=True, is_active=True))
    desk = staff.Desk()
    desk.register(Group, library)
    page = desk.get_model_admin(Group)
    assert not page.lookup_allowed("name__startswith", "а", request)
    assert isinstance(page, library or admin.ModelAdmin)
    monkeypatch.setattr(staff.Desk, "register", admin.AdminSite.register)
    bare = staff.Desk()
    bare.register(Group, library)
    assert bare.get_model_admin(Group).lookup_allowed("name__startswith", "а", request)


# --- Order and search ------------------------------------------------------------------------------------------------
def secrets_in_order(page: Any, user: User) -> set[str]:
    """Secret columns by which the list can be ordered."""
    request = asked(user)
    shown, found = page.get_changelist_instance(request), set()
    for place in range(-len(page.list_display), len(page.list_display)):
        shown.params = {"o": str(place)}
        rows = shown.root_queryset.order_by(*shown.get_ordering(request, shown.root_queryset))
        order = str(rows.query).rpartition("ORDER BY")[2]
        found |= {f"{label}.{name}" for label, name in columns() if f'"{table_of(label)}"."{name}"' in order}
    return found


def columns() -> list[tuple[str, str]]:
    return [(label, name) for label, names in secret_fields.declared().items() for name in names]


def table_of(label: str) -> str:
    from django.apps import apps

    return str(apps.get_model(label)._meta.db_table)


@pytest.mark.django_db
def test_no_list_is_ordered_by_a_secret(staff: User) -> None:
    assert {page.opts.label: found for page in PAGES if (found := secrets_in_order(page, staff))} == {}


@pytest.mark.django_db
def test_an_order_by_a_secret_would_be_seen(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionAdmin, "list_display", ["session_key"])
    assert secrets_in_order(admin.site.get_model_admin(Session), staff) == {"accounts.Session.session_key"}


def found_by(page: Any, user: User, words: str) -> int:
    return int(page.get_changelist_instance(asked(user, q=words)).result_count)


@pytest.fixture
def secrets(everything: Account) -> list[str]:
    """The present values of all secret columns."""
    from django.apps import apps

    held = [apps.get_model(label)._default_manager.values_list(name, flat=True) for label, name in columns()]
    return [str(value) for values in held for value in values if value]


def test_a_search_finds_nothing_by_a_secret(staff: User, secrets: list[str]) -> None:
    bodies = {"Текст письма", "<p>Текст</p>"}  # other columns may contain a letter's text too
    wanted = {words[:20] for words in set(secrets) - bodies}
    assert len(wanted) >= 5
    searched = [page for page in PAGES if page.search_fields]  # other pages ignore the search and show all rows
    found = [(page.opts.label, words) for page in searched for words in wanted if found_by(page, staff, words)]
    assert found == []


def test_a_search_by_a_secret_would_be_seen(staff: User, monkeypatch: pytest.MonkeyPatch, secrets: list[str]) -> None:
    page = admin.site.get_model_admin(User)
    monkeypatch.setattr(type(page), "search_fields", ["password"])
    assert found_by(page, staff, staff.password[:20]) > 0


# --- Choices of autocomplete fields ----------------------------------------------------------------------------------
def completes(browser: Client, model: Any, field: str) -> int:
    query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field, "term": ""}
    return int(browser.get(reverse("admin:autocomplete"), query).status_code)


def is_completed(user: User, page: Any, field: str) -> bool:
    """Like `completes`, but calls the view directly, without middleware."""
    query = {"app_label": page.opts.app_label, "model_name": page.opts.model_name, "field_name": field}
    try:
        return bool(admin.site.autocomplete_view(asked(user, **query)).status_code == 200)
    except PermissionDenied:
        return False


@pytest.mark.django_db
def test_only_named_fields_are_completed(staff: User) -> None:
    request = asked(staff)
    for page in PAGES:
        wanted = set(page.get_autocomplete_fields(request)) if page.has_add_permission(request) else set()
        fields = [field.name for field in page.model._meta.get_fields() if field.is_relation]
        assert {field for field in fields if is_completed(staff, page, field)} == wanted, page.opts.label


@pytest.mark.django_db
def test_completing_is_for_who_writes_such_rows(
    viewer: Client, desk: Client, everything: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from subscribers.models import Subscriber

    assert completes(desk, Subscriber, "account") == 200
    assert completes(viewer, Subscriber, "account") == 403
    assert completes(desk, Session, "user") == 403
    monkeypatch.setattr(staff, "_completes", lambda *_any: True)
    assert (completes(viewer, Subscriber, "account"), completes(desk, Session, "user")) == (200, 200)
