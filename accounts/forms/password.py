from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.validators import PASSWORD_LENGTH
from sipcabinet.lib.forms import Form


def password_field(label: Any, autocomplete: str, **kwargs: Any) -> forms.CharField:
    """A password field that keeps the typed text unchanged, including spaces at the ends."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    messages = {"required": _("Введите пароль")}
    return forms.CharField(label=label, strip=False, widget=widget, error_messages=messages, **kwargs)


class NewPasswordForm(Form):
    """Смена пароля (1.1c); with `asks_current` also asks for the current password."""

    new_password = password_field(
        _("Новый пароль"),
        "new-password",
        max_length=PASSWORD_LENGTH,
        help_text=_(
            "От 8 до 128 символов, любых. Не подойдут распространённые пароли, номер телефона и название организации."
        ),
    )
    repeated = password_field(_("Новый пароль ещё раз"), "new-password", max_length=PASSWORD_LENGTH)

    def __init__(self, *args: Any, user: User, asks_current: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if asks_current:
            current = password_field(_("Текущий пароль"), "current-password", max_length=PASSWORD_LENGTH)
            self.fields = {"current": current, **self.fields}

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        password_validation.validate_password(password, self.user)
        return password

    def clean_repeated(self) -> str:
        repeated: str = self.cleaned_data["repeated"]
        typed = self.data.get("new_password")
        if repeated != typed:
            raise ValidationError(_("Пароли не совпадают. Введите одинаковые."), code="mismatch")
        return repeated


class PasswordForm(Form):
    """Asks for the password again before an action that somebody at the owner's open browser must not be able to do."""

    password = password_field(_("Пароль от личного кабинета"), "current-password", max_length=PASSWORD_LENGTH)
