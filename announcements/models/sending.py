from django.db import models
from django.utils.translation import gettext_lazy as _

from announcements.models.announcement import Announcement
from sipcabinet.lib.durable import DurableJob


class Sending(DurableJob):
    """The work that writes the letters of one announcement, part by part (4.14)."""

    announcement = models.OneToOneField(Announcement, models.PROTECT, related_name="sending")

    class Meta(DurableJob.Meta):
        verbose_name = _("рассылка объявления")
        verbose_name_plural = _("рассылки объявлений")

    def __str__(self) -> str:
        return str(self.announcement)
