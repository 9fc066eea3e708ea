"""The forms of «Изменить способ/адрес доставки» (2.3.3)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.password import PasswordForm
from billing import addresses
from billing.addresses import AddressesError
from billing.models import DeliveryMethod
from billing.selectors.delivery import Way
from sipcabinet.lib.forms import Form
from sipcabinet.lib.options import Option
from sipcabinet.lib.radio import RadioField

LONGEST_TEXT = 2000
METHOD, ADDRESS = "method", "address"
SAME_METHOD = gettext_lazy("Способ «Получает сам» действует сейчас, изменять нечего. Выберите «E-mail» или вернитесь")
SAME_ADDRESSES = gettext_lazy("Счета приходят на эти адреса и сейчас. Введите другие или вернитесь")


class MethodForm(Form):
    """Asks for the method of delivery."""

    method = RadioField(
        gettext_lazy("Способ доставки"),
        missing=gettext_lazy("Выберите способ доставки"),
        unknown=gettext_lazy("Выберите «Получает сам» или «E-mail»"),
    )

    def __init__(self, data: Any = None, *, now: Way) -> None:
        super().__init__(data, initial={"method": now.method.value})
        self._now = now
        here = _("действует сейчас")
        details = {
            DeliveryMethod.SELF_PICKUP: _("счета не отправляются, их можно скачать в личном кабинете"),
            DeliveryMethod.EMAIL: _("счёт приходит письмом на указанные адреса"),
        }
        field: Any = self.fields["method"]
        field.choices = [
            (method.value, Option(str(method.label), detail=f"{words}; {here}" if method == now.method else words))
            for method, words in details.items()
        ]

    def clean_method(self) -> DeliveryMethod:
        method = DeliveryMethod(self.cleaned_data["method"])
        if method == DeliveryMethod.SELF_PICKUP and not self._now.by_email:
            raise forms.ValidationError(SAME_METHOD)
        return method


class WhatForm(Form):
    """Asks what to change: the method, or the addresses of «E-mail»."""

    what = RadioField(
        gettext_lazy("Что изменить?"),
        missing=gettext_lazy("Отметьте, что изменить: способ или адрес доставки"),
    )

    def __init__(self, data: Any = None, *, now: Way) -> None:
        super().__init__(data, initial={"what": ADDRESS if now.by_email else METHOD})
        self._now = now
        other = _("«Получает сам» вместо «E-mail»") if now.by_email else _("«E-mail» вместо «Получает сам»")
        field: Any = self.fields["what"]
        field.choices = [
            (METHOD, Option(_("Способ доставки"), detail=other)),
            (ADDRESS, Option(_("Адрес доставки"), detail=self._of_address(), disabled=not now.by_email)),
        ]

    def clean_what(self) -> str:
        what: str = self.cleaned_data["what"]
        if what == ADDRESS and not self._now.by_email:
            raise forms.ValidationError(_("Адресов пока нет. Сначала измените способ доставки"))
        return what

    def _of_address(self) -> str:
        if self._now.by_email:
            return _("другие адреса вместо нынешних")
        return _("адресов пока нет: сначала измените способ")


class AddressesForm(Form):
    """Asks for the e-mail addresses that get the invoices."""

    addresses = forms.CharField(
        label=gettext_lazy("Новый адрес или адреса"),
        widget=forms.Textarea(attrs={"rows": 5, "class": "w-full", "autocomplete": "off", "spellcheck": "false"}),
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy("Каждый с новой строки, не больше пяти. Счёт придёт на каждый из них."),
        error_messages={
            "required": gettext_lazy("Введите хотя бы один адрес E-mail"),
            "max_length": gettext_lazy("Слишком длинный список: укажите не больше пяти адресов"),
        },
    )

    def __init__(self, data: Any = None, *, now: Way, typed: str = "") -> None:
        super().__init__(data, initial={"addresses": typed or "\n".join(now.addresses)})
        self._now = now

    def clean_addresses(self) -> list[str]:
        addresses = _read(self.cleaned_data["addresses"])
        if self._now.is_same(Way(DeliveryMethod.EMAIL, addresses)):
            raise forms.ValidationError(SAME_ADDRESSES)
        return addresses


class ConfirmForm(PasswordForm):
    """The review: carries the new choice, which is checked again; `base` is the choice it replaces (0: none)."""

    method = forms.ChoiceField(choices=DeliveryMethod.choices, widget=forms.HiddenInput)
    addresses = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=forms.HiddenInput)
    base = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    @classmethod
    def of(cls, way: Way, base: int) -> "ConfirmForm":
        """The form for showing a review; not bound to data."""
        return cls(initial={"method": way.method.value, "addresses": " ".join(way.addresses), "base": base})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("method") == DeliveryMethod.EMAIL.value:
            cleaned["addresses"] = _read(cleaned.get("addresses", ""))
        elif "addresses" in cleaned:
            cleaned["addresses"] = []
        return cleaned

    @property
    def is_whole(self) -> bool:
        """Whether the carried choice arrived complete; a wrong password does not matter here."""
        return not self.is_bound or not (self.errors.keys() - {"password"})

    @property
    def way(self) -> Way:
        """The new choice of a complete form."""
        return Way(DeliveryMethod(self.cleaned_data["method"]), tuple(self.cleaned_data["addresses"]))


def _read(text: str) -> list[str]:
    try:
        return addresses.read(text)
    except AddressesError as refusal:
        raise forms.ValidationError(refusal.message) from None
