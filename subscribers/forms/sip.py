from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.password import PasswordForm, password_field
from accounts.validators import PASSWORD_LENGTH
from sipcabinet.lib.forms import Form
from sipcabinet.lib.options import Option
from sipcabinet.lib.radio import RadioField
from sipcabinet.lib.sent_once import TokenField
from subscribers.models import PhoneKind

MEMO = "memo"
WITHOUT, WITH = "without", "with"


class ChangeSipPasswordForm(PasswordForm):
    """«Сменить пароль SIP»: the account password, and a token that identifies this form."""

    token = TokenField(required=True)


class SettingsForm(Form):
    """Choice of settings for equipment, and whether they contain the SIP password (3.4)."""

    use_required_attribute = False  # the password is needed for one of the answers only
    kind = RadioField(
        gettext_lazy("Для какого оборудования"),
        missing=gettext_lazy("Выберите оборудование"),
        unknown=gettext_lazy("Выберите оборудование из списка"),
    )
    secret = RadioField(
        gettext_lazy("Пароль SIP"),
        missing=gettext_lazy("Выберите, нужен ли пароль SIP"),
    )
    password = password_field(
        gettext_lazy("Пароль от личного кабинета"),
        "current-password",
        max_length=PASSWORD_LENGTH,
        help_text=gettext_lazy("Нужен, если выбрано «С паролем SIP»"),
    )

    def __init__(self, data: Any = None, *, has_password: bool) -> None:
        """`has_password` False (equipment that does not register) hides the choice of a password."""
        super().__init__(data, initial={"secret": WITHOUT})
        kind: Any = self.fields["kind"]
        kind.choices = _kinds()
        if has_password:
            secret: Any = self.fields["secret"]
            secret.choices = _secrets()
            self.fields["password"].required = data is None or data.get("secret") == WITH
        else:
            del self.fields["secret"], self.fields["password"]

    @property
    def wants_password(self) -> bool:
        return bool(self.cleaned_data.get("secret") == WITH)


class PhoneLinkForm(Form):
    """A link for one telephone: what it is, how long it may fetch its settings, and the account password (3.4)."""

    use_required_attribute = False
    kind = RadioField(
        gettext_lazy("Телефон"),
        missing=gettext_lazy("Выберите телефон"),
        unknown=gettext_lazy("Выберите телефон из списка"),
    )
    device = forms.CharField(
        label=gettext_lazy("MAC-адрес или название"),
        max_length=60,
        help_text=gettext_lazy(
            "MAC-адрес стоит на наклейке телефона. Если его нет под рукой, дайте название:"
            " ссылка достанется первому телефону, который по ней придёт"
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
        error_messages={"required": gettext_lazy("Укажите MAC-адрес телефона или его название")},
    )
    lifetime = RadioField(
        gettext_lazy("Сколько действует"),
        missing=gettext_lazy("Выберите срок"),
        unknown=gettext_lazy("Выберите срок из списка"),
    )
    password = password_field(
        gettext_lazy("Пароль от личного кабинета"),
        "current-password",
        max_length=PASSWORD_LENGTH,
        help_text=gettext_lazy("По ссылке телефон получит пароль SIP. Смена этого пароля отменит ссылку"),
    )
    token = TokenField(required=True)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"lifetime": "day"})
        kind: Any = self.fields["kind"]
        kind.choices = [(value, Option(label)) for value, label in PhoneKind.choices]
        lifetime: Any = self.fields["lifetime"]
        lifetime.choices = [
            ("hour", Option(_("1 час"))),
            ("day", Option(_("1 сутки"))),
            ("week", Option(_("7 дней"))),
            ("month", Option(_("30 дней"))),
        ]


def _kinds() -> list[tuple[str, Option]]:
    return [
        ("asterisk", Option("Asterisk", detail=_("Разделы для pjsip.conf"))),
        ("freeswitch", Option("FreeSWITCH", detail=_("Шлюз для sip_profiles/external"))),
        ("yealink", Option("Yealink", detail=_("Файл .cfg для телефонов Yealink"))),
        ("grandstream", Option("Grandstream", detail=_("Файл XML для телефонов Grandstream"))),
        ("fanvil", Option("Fanvil", detail=_("Файл XML для телефонов Fanvil"))),
        (MEMO, Option(_("Памятка"), detail=_("Все параметры на одной странице для печати"))),
    ]


def _secrets() -> list[tuple[str, Option]]:
    return [
        (WITHOUT, Option(_("Без пароля SIP"), detail=_("Место для него останется пустым, пароль вы впишете сами"))),
        (WITH, Option(_("С паролем SIP"), detail=_("Понадобится пароль от личного кабинета"))),
    ]
