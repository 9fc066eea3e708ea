from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib.durable import DurableJob


class Letter(DurableJob):
    """A letter to one recipient, rendered when it was ordered; the outbox.

    All attempts carry one Message-ID. A sealed letter's bodies are Fernet tokens (it holds a temporary password) and
    are wiped once it is sent or given up. «Отправить ещё раз» is a new letter with `resend_of`. `tries` counts the
    conversations with the mail server that came to an answer or a fault.
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
        indexes = [*DurableJob.Meta.indexes, models.Index(fields=["account", "-created_at"], name="letter_of_account")]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_repeatable(self) -> bool:
        """A sealed letter's text is gone once it was given up."""
        return not self.sealed

    def wiped(self) -> dict[str, Any]:
        """A secret is kept no longer than sending it takes."""
        return {"body_text": "", "body_html": ""} if self.sealed else {}


class LetterAttachment(models.Model):
    """A file that goes with a letter: its path in the default storage and the sha256 it must still have."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="attachments")
    account = models.ForeignKey(settings.ACCOUNT_MODEL, models.PROTECT, null=True, blank=True)
    file_name = models.CharField(_("имя файла"), max_length=200)
    content_type = models.CharField(max_length=100)
    path = models.CharField(max_length=300, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("вложение")
        verbose_name_plural = _("вложения")

    def __str__(self) -> str:
        return self.file_name
