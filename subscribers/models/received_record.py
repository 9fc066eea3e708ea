from django.db import models
from django.utils.translation import gettext_lazy as _

from subscribers.models.call_import import CallImport, CallSource


class ReceivedRecord(models.Model):
    """A call record that a switch sent over HTTP, kept before it is answered; a worker imports it (4.4).

    `content_key` (SHA-256 of the record) makes a repeated record the same row; `signature` is that of
    the request which brought it. `call_import` is the import that has
    taken it. Rows are deleted a week after that.
    """

    source = models.ForeignKey(CallSource, models.PROTECT)
    content_key = models.CharField(max_length=64)
    signature = models.CharField(max_length=64, blank=True, default="")
    body = models.TextField()
    received_at = models.DateTimeField(auto_now_add=True)
    call_import = models.ForeignKey(CallImport, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("принятая запись звонка")
        verbose_name_plural = _("принятые записи звонков")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["source", "content_key"], name="record_received_once")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(call_import=None), name="received_record_waits"),
            models.Index(fields=["received_at"], name="received_record_age"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.pk}"
