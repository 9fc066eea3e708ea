"""What staff looked at: the kinds of looks in the journal (4.10)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LookKind(models.TextChoices):
    """The kind of what a page or a file showed. Kept apart from the table, so that every app can name a kind."""

    CALLS = "calls", _("Звонки")
    LETTER = "letter", _("Письма")
    FILE = "file", _("Файлы")
    SECRET = "secret", _("Параметры SIP и секреты")
