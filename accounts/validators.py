"""Rules for a new password in addition to Django's own (1.1c). There are no composition rules."""

import re
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from accounts.models import User

PASSWORD_LENGTH = 128
_PHONE_TAIL_DIGITS = 7  # a password of the number's last 7 digits counts as the phone
_LEGAL_FORMS = ("ООО", "ОДО", "ОАО", "ЗАО", "ЧУП", "УП", "РУП", "КУП", "ИООО", "СООО", "ПК", "ИП", "ГУ", "УО")
_SHORTEST_NAME = 4  # shorter parts of a company's name ("ООО", "и К") are not checked


class MaximumLengthValidator:
    """Allows at most `max_length` characters, to limit the hash function's work."""

    def __init__(self, max_length: int = PASSWORD_LENGTH) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: "User | None" = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(
                _("Пароль слишком длинный: не больше %(max)d символов."),
                code="password_too_long",
                params={"max": self.max_length},
            )

    def get_help_text(self) -> str:
        return ngettext("Не больше %(max)d символа.", "Не больше %(max)d символов.", self.max_length) % {
            "max": self.max_length
        }


class OwnNamesValidator:
    """Refuses the login's phone, in any spelling, and the company's name as a password."""

    def validate(self, password: str, user: "User | None" = None) -> None:
        if user is None:
            return
        if _is_phone(password, user.phone):
            raise ValidationError(_("Пароль не должен быть номером телефона."), code="password_is_phone")
        if user.account is not None and _is_name(password, user.account.customer.name):
            raise ValidationError(_("Пароль не должен быть названием организации."), code="password_is_name")

    def get_help_text(self) -> str:
        return _("Не номер телефона и не название организации.")


def _is_phone(password: str, phone: str) -> bool:
    """Whether the password has only digits and punctuation, and its digits are the phone, with or without its codes."""
    if re.search(r"[^\d\s()+./\-\u2010-\u2015\u2212]", password):
        return False
    digits = re.sub(r"\D", "", password)
    own = phone.lstrip("+")
    national = own.removeprefix("375")
    spellings = {own, national, "0" + national, "80" + national, "8" + national, "00" + own, "810" + own}
    return digits in spellings or digits == own[-_PHONE_TAIL_DIGITS:]


def _is_name(password: str, name: str) -> bool:
    """Whether the password is the company's full name, the name without its legal form, or the part in quotation marks.

    Ignores case, spaces and punctuation.
    """
    quoted = re.findall(r"[«\"„“](.+?)[»\"“”]", name)
    bare = re.sub(rf"^\s*(?:{'|'.join(_LEGAL_FORMS)})\b", "", name, flags=re.IGNORECASE)
    names = {_letters(part) for part in [name, bare, *quoted]}
    return _letters(password) in {part for part in names if len(part) >= _SHORTEST_NAME}


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold().replace("ё", "е") if character.isalnum())
