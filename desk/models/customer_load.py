from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from desk.models.table_import import TableImport
from sipcabinet.lib.durable import DurableJob


class CustomerLoad(DurableJob):
    """загрузка клиентов: the work on a checked file of customers, row by row in the background (4.11).

    `done` of `whole` rows. The file is in `table` until the work has ended; LoadedRow is the report, and what a
    successor of a killed worker passes over. A load that a person has stopped (`stopped_at`) is done: its rows stay,
    the others come with the same file again.
    """

    table = models.OneToOneField(TableImport, models.PROTECT, related_name="load", verbose_name=_("файл"))
    ordered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("кто начал"))
    whole = models.PositiveIntegerField(_("строк"), default=0)
    done = models.PositiveIntegerField(_("пройдено"), default=0)
    stopped_at = models.DateTimeField(_("остановлена"), null=True, blank=True)
    stopped_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто остановил")
    )

    class Meta(DurableJob.Meta):
        verbose_name = _("загрузка клиентов")
        verbose_name_plural = _("загрузки клиентов")
        default_permissions = ("add", "view")
        permissions: ClassVar = [("load_opening_balances", _("Может вносить входящие сальдо из файла"))]

    def __str__(self) -> str:
        return str(self.table)


class LoadedRow(models.Model):
    """A row of the file that was worked on: what it has brought (`makes`: values of Part), or its faults as lists of
    field, value and reason."""

    load = models.ForeignKey(CustomerLoad, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(_("строка"))
    state = models.CharField(_("что"), max_length=5)
    account = models.CharField(_("лицевой счёт"), max_length=12, blank=True)
    phone = models.CharField(_("номер"), max_length=16, blank=True)
    name = models.CharField(_("клиент"), max_length=200, blank=True)
    makes = models.JSONField(default=list)
    faults = models.JSONField(default=list)

    class Meta:
        verbose_name = _("строка загрузки")
        verbose_name_plural = _("строки загрузки")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["load", "number"], name="loaded_row_once")]

    def __str__(self) -> str:
        return f"{self.load}: {self.number}"
