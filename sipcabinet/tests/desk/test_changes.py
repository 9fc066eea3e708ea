"""The journal has each field of a change before and after; never a secret or a file's content (4.10)."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, Session, User
from accounts.tests.factories import StaffFactory
from billing.models import MovedDay
from sipcabinet.lib import changes, clock, staff_changes
from subscribers.models import PlanTerms, Rate, Service, SipAccount, Subscriber, TariffPlan
from subscribers.tests.factories import DestinationFactory, ServiceFactory, TariffPlanFactory

pytestmark = pytest.mark.django_db
LONG_PASSWORD = "Синий-трактор-едет-8"


def changed(action: str) -> dict[str, Any]:
    """The changes of the only event with this action, as `before → after` by field."""
    told = AuditEvent.objects.get(action=action).details[changes.KEY]
    return {name: (change["before"], change["after"]) for name, change in told.items()}


def rate_fields(**fields: Any) -> dict[str, Any]:
    return {
        "destination": DestinationFactory.create(code="ru", name="Россия").pk,
        "prefix": "7",
        "price_per_minute": "0,4960",
        "first_increment": 60,
        "next_increment": 1,
        "valid_from": clock.show_date(clock.today() + timedelta(days=3)),
        "valid_until": "",
        **fields,
    }


def test_a_dated_row_is_added_changed_and_deleted_with_its_values(desk: Client) -> None:
    starts = clock.today() + timedelta(days=3)
    assert desk.post(reverse("admin:subscribers_rate_add"), rate_fields()).status_code == 302
    rate = Rate.objects.get()
    added = changed("rate.added")
    assert added["destination"] == (None, "Россия")
    assert added["price_per_minute"] == (None, "0,496")
    assert added["valid_from"] == (None, clock.show_date(starts))
    assert "valid_until" not in added
    fields = rate_fields(price_per_minute="0.5", destination=DestinationFactory.create(code="pl", name="Польша").pk)
    assert desk.post(reverse("admin:subscribers_rate_change", args=[rate.pk]), fields).status_code == 302
    assert changed("rate.changed") == {"destination": ("Россия", "Польша"), "price_per_minute": ("0,496", "0,5")}
    desk.post(reverse("admin:subscribers_rate_delete", args=[rate.pk]), {"post": "yes"})
    gone = changed("rate.deleted")
    assert (gone["destination"], gone["price_per_minute"]) == (("Польша", None), ("0,5", None))


def test_booleans_choices_lists_and_many_to_many(desk: Client, everything: Account) -> None:
    day = MovedDay.objects.get()
    fields = {"day": clock.show_date(day.day), "reason": day.reason, "is_working": "on"}
    assert desk.post(reverse("admin:billing_movedday_change", args=[day.pk]), fields).status_code == 302
    assert changed("movedday.changed") == {"is_working": (False, True)}
    first, second = ServiceFactory.create(name="Первая"), ServiceFactory.create(name="Вторая")
    service = Service.objects.exclude(pk__in=[first.pk, second.pk])[0]
    service.excludes.set([first])
    form = {
        "name": service.name, "description": service.description, "order": service.order, "excludes": [second.pk],
        "for_trunks": "on", "for_numbers": "on", "is_offered": "on", "prices-TOTAL_FORMS": 0, "prices-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert desk.post(reverse("admin:subscribers_service_change", args=[service.pk]), form).status_code == 302
    assert changed("service.changed")["excludes"] == (["Первая"], ["Вторая"])
    fields = {"contract_number": "SIP-10", "contract_date": "01.02.2026", "payment_terms": "prepaid"}
    kept = {"cabinet_email": everything.cabinet_email, "users-TOTAL_FORMS": 0, "users-INITIAL_FORMS": 0}
    was = everything.get_payment_terms_display()
    assert desk.post(reverse("admin:accounts_account_change", args=[everything.pk]), fields | kept).status_code == 302
    terms = changed("account.changed")["payment_terms"]
    assert terms == (was, Account(payment_terms="prepaid").get_payment_terms_display())


def test_a_service_that_saves_during_validation_still_has_the_former_value(desk: Client, everything: Account) -> None:
    trunk = Subscriber.objects.get(account=everything, trunk=None)
    was = trunk.label or None
    desk.post(
        reverse("admin:subscribers_subscriber_change", args=[trunk.pk]), {"label": "  Склад,  юг ", "switch_code": ""}
    )
    assert changed("subscriber.changed") == {"label": (was, "Склад, юг")}


def test_what_is_saved_unchanged_or_refused_is_no_event(desk: Client, everything: Account) -> None:
    day = MovedDay.objects.get()
    fields = {"day": clock.show_date(day.day), "reason": day.reason}
    desk.post(reverse("admin:billing_movedday_change", args=[day.pk]), fields)
    desk.post(reverse("admin:billing_movedday_change", args=[day.pk]), fields | {"reason": ""})
    assert not AuditEvent.objects.filter(action__startswith="movedday").exists()


def test_a_password_is_changed_without_its_value(desk: Client, staff: User) -> None:
    colleague = StaffFactory.create(name="Прежняя", is_superuser=False)
    fields = {"name": "Новая", "is_active": "on", "new_password": LONG_PASSWORD}
    assert desk.post(reverse("admin:accounts_user_change", args=[colleague.pk]), fields).status_code == 302
    told = AuditEvent.objects.get(action="login.changed").details[changes.KEY]
    assert told["name"] == {"label": "имя", "before": "Прежняя", "after": "Новая"} | {"label": told["name"]["label"]}
    assert told["new_password"]["hidden"] is True
    assert (told["new_password"]["before"], told["new_password"]["after"]) == (None, None)
    hash_of_it = User.objects.get(pk=colleague.pk).password
    everything_told = "".join(f"{event.summary}{event.details}" for event in AuditEvent.objects.all())
    assert LONG_PASSWORD not in everything_told
    assert hash_of_it not in everything_told


@pytest.mark.parametrize(("model", "field"), [(SipAccount, "password_sealed"), (Session, "session_data")])
def test_a_secret_field_is_hidden_whatever_form_has_it(model: Any, field: str, everything: Account) -> None:
    row = model.objects.first()
    setattr(row, field, "sealed-secret")
    form_class = forms.modelform_factory(model, fields="__all__", form=forms.ModelForm)
    form = forms.ModelForm.__new__(form_class)
    form.instance, form.fields = row, {field: forms.CharField(label="Секрет")}
    form.cleaned_data, form.initial = {field: "new-secret"}, {field: "old-secret"}
    form.__dict__["changed_data"] = [field]
    told = staff_changes.of_form(form, is_new=False)
    assert told == {field: {"label": "Секрет", "before": None, "after": None, "hidden": True}}
    assert "sealed-secret" not in str(staff_changes.of_deleted(row))


def test_inline_rows_are_named(desk: Client) -> None:
    plan = TariffPlanFactory.create()
    kept = PlanTerms.objects.create(plan=plan, monthly_fee="3.20", valid_from=clock.today())
    formset_class = forms.inlineformset_factory(TariffPlan, PlanTerms, fields=["monthly_fee", "valid_from"], extra=1)
    prefix = formset_class.get_default_prefix()
    later = clock.show_date(clock.today() + timedelta(days=30))
    data = {
        f"{prefix}-TOTAL_FORMS": 2, f"{prefix}-INITIAL_FORMS": 1,
        f"{prefix}-0-id": kept.pk, f"{prefix}-0-monthly_fee": "4",
        f"{prefix}-0-valid_from": clock.show_date(clock.today()),
        f"{prefix}-1-monthly_fee": "5", f"{prefix}-1-valid_from": later,
    }  # fmt: skip
    formset = formset_class(data, instance=plan)
    PlanTerms.objects.filter(pk=kept.pk).update(valid_until=clock.today() + timedelta(days=30))
    formset.forms[0].instance.refresh_from_db()  # type: ignore[attr-defined]
    assert formset.is_valid(), formset.errors
    formset.save()
    new = PlanTerms.objects.exclude(pk=kept.pk).get()

    main = SimpleNamespace(instance=plan, fields={}, changed_data=[])
    told = staff_changes.of_forms(main, [formset], is_new=False)
    assert told[f"{prefix}-{kept.pk}.monthly_fee"]["before"] == "3,2"
    assert told[f"{prefix}-{kept.pk}.monthly_fee"]["after"] == "4"
    added = told[f"{prefix}-{new.pk}.monthly_fee"]
    assert (added["before"], added["after"]) == (None, "5")


def test_long_values_are_cut() -> None:
    told = changes.of("text", "Текст", "", "ы" * 5000)["text"]
    assert len(told["after"]) == changes.LONGEST
    many = changes.of("list", "Список", [], list(range(500)))["list"]["after"]
    assert len(many) == changes.MOST_ITEMS + 1
    assert many[-1] == "и ещё 400"
    assert changes.of("same", "Так же", "", None) == {}
