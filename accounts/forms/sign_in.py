from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.validators import PASSWORD_LENGTH
from sipcabinet.lib import phones
from sipcabinet.lib.forms import Form
from sipcabinet.lib.options import Option
from sipcabinet.lib.radio import RadioField

MOBILE = "mobile"
EMAIL = "email"


class PhoneField(forms.CharField):
    """Accepts a number in any spelling; the cleaned value is in E.164 (1.1a)."""

    def __init__(self, *, label: Any, **kwargs: Any) -> None:
        attributes = {"inputmode": "tel", "autocomplete": "username", "placeholder": "44 711-20-30"}
        widget = forms.TextInput(attrs=attributes | {"data-keep": "login"})
        super().__init__(label=label, max_length=32, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        try:
            return phones.parse(typed)
        except phones.PhoneError as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from None


class NumberForm(Form):
    """The number of a login: the common fields of signing in and of «Забыли пароль»."""

    category = RadioField(
        _("Категория"),
        choices=[(MOBILE, Option(str(_("Мобильная связь"))))],
        initial=MOBILE,
        missing=_("Выберите категорию"),
    )
    phone = PhoneField(
        label=_("Номер телефона"),
        help_text=_("Номер с тарифным планом «SIP-соединение», в любом написании"),
        error_messages={"required": _("Введите номер телефона")},
    )


class SignInForm(NumberForm):
    """Авторизация: номер и пароль (1.2)."""

    password = forms.CharField(
        label=_("Пароль"),
        strip=False,
        max_length=PASSWORD_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Введите пароль")},
    )


class ForgotForm(NumberForm):
    """«Забыли пароль»: the number and the way to identify its owner (1.1a)."""

    method = RadioField(
        _("Способ восстановления"),
        choices=[
            (
                EMAIL,
                Option(str(_("Идентификация через E-mail")), detail=str(_("Адрес из заявления на личный кабинет SIP"))),
            )
        ],
        initial=EMAIL,
        missing=_("Выберите способ"),
    )
