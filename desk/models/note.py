from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from sipcabinet.lib import clock


class StaffNote(models.Model):
    """заметка: what staff keep in mind about a customer; never shown to customers (4.1).

    A note is not changed and not deleted (trigger). It may be struck out once, with a reason, and stays readable. The
    database role of customers' pages cannot read the table. `dedupe_key` is the token of the form: sent twice, it
    writes one note.
    """

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="staff_notes", db_index=False, verbose_name=_("клиент")
    )
    text = models.CharField(_("заметка"), max_length=1000)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("автор"))
    written_at = models.DateTimeField(_("когда"), default=clock.now)
    struck_at = models.DateTimeField(_("зачёркнута"), null=True, blank=True)
    struck_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто зачеркнул")
    )
    struck_why = models.CharField(_("почему зачёркнута"), max_length=200, blank=True)
    dedupe_key = models.CharField(max_length=64, unique=True, editable=False)

    class Meta:
        verbose_name = _("заметка")
        verbose_name_plural = _("заметки")
        constraints = [
            models.CheckConstraint(
                name="staff_note_struck",
                condition=Q(struck_at__isnull=True, struck_by__isnull=True, struck_why="")
                | Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_why=""),
            )
        ]
        indexes = [models.Index(fields=["customer", "-written_at", "-id"], name="staff_note_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer}, {clock.show_moment(self.written_at)}"

    @property
    def is_struck(self) -> bool:
        return self.struck_at is not None
