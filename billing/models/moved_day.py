from django.db import models
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import clock


class MovedDay(models.Model):
    """перенос рабочего дня: a day that is working, or off, contrary to the calendar of Belarus (4.8).

    Staff enter bank holidays here too: no statement is expected for a day off.
    """

    day = models.DateField(_("день"), unique=True)
    is_working = models.BooleanField(
        _("рабочий"),
        default=False,
        help_text=_("Без отметки это выходной: в него не ограничивают звонки и не ждут выписку"),
    )
    reason = models.CharField(_("основание"), max_length=200)

    class Meta:
        verbose_name = _("перенос рабочего дня")
        verbose_name_plural = _("переносы рабочих дней")

    def __str__(self) -> str:
        return clock.show_date(self.day)
