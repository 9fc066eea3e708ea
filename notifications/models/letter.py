from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib.durable import DurableJob
from sipcabinet.lib.spelling import Plain


class Letter(DurableJob):
    """A letter to one recipient, rendered when it was ordered. The table is the outbox.

    All attempts have the same Message-ID. A sealed letter holds a temporary password: its bodies are Fernet tokens and
    are wiped when the letter is sent or given up. «Отправить ещё раз» creates a new letter with `resend_of`. `tries`
    counts the conversations with the mail server that ended with an answer or an error.
    """

    account = models.ForeignKey(
        settings.ACCOUNT_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("лицевой счёт")
    )
    kind = models.CharField(_("вид"), max_length=40)
    recipient = models.EmailField(_("кому"))
    subject = models.CharField(_("тема"), max_length=200)
    body_text = models.TextField(editable=False)
    body_html = models.TextField(editable=False)
    sealed = models.BooleanField(_("содержит секрет"), default=False, editable=False)
    message_id = models.CharField("Message-ID", max_length=200, unique=True, editable=False)
    resend_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="resends", verbose_name=_("повтор письма")
    )
    tries = models.PositiveSmallIntegerField(_("попыток отправки"), default=0, editable=False)
    sent_at = models.DateTimeField(_("отправлено"), null=True, blank=True)
    smtp_code = models.PositiveSmallIntegerField(_("код SMTP"), null=True, blank=True)
    smtp_answer = models.CharField(_("ответ сервера"), max_length=500, blank=True)

    class Meta(DurableJob.Meta):
        verbose_name = _("письмо")
        verbose_name_plural = _("письма")
        indexes = [
            *DurableJob.Meta.indexes,
            models.Index(fields=["account", "-created_at"], name="letter_of_account"),
            models.Index(Plain(F("recipient")), F("id").desc(), name="letter_to_address"),
            models.Index(fields=["created_at"], name="letter_age"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_repeatable(self) -> bool:
        """False for a sealed letter: its text is wiped when the letter is given up."""
        return not self.sealed

    def wiped(self) -> dict[str, Any]:
        """Empties the bodies of a sealed letter when it ends: a secret is not stored longer than needed."""
        return {"body_text": "", "body_html": ""} if self.sealed else {}


class LetterAttachment(models.Model):
    """A file attached to a letter: its path in the default storage, and the sha256 it must have when it is sent."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="attachments")
    account = models.ForeignKey(settings.ACCOUNT_MODEL, models.PROTECT, null=True, blank=True)
    file_name = models.CharField(_("имя файла"), max_length=200)
    content_type = models.CharField(_("тип файла"), max_length=100)
    path = models.CharField(max_length=300, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("вложение")
        verbose_name_plural = _("вложения")

    def __str__(self) -> str:
        return self.file_name
