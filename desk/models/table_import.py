from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sipcabinet.lib import clock

STATEMENT, CALLS = "statement", "calls"


class TableImport(models.Model):
    """A file that staff uploaded, kept between its check and its application (4.3, 4.6).

    `kind` is a code of `desk.imports.KINDS`, STATEMENT for a statement of the bank, or CALLS for a switch's file: then
    `path` names the file in the default storage, and `content` is empty. `day` is the day from which the rows apply,
    for kinds with dates. The file itself (`content`, `path`) is read again when it is applied, and wiped then, when it
    is discarded, or after some days. `origin` is `form` where a form of the desk wrote the table. `outcome` says what
    was done: counts by state, and the lines of the report.
    """

    kind = models.CharField(_("что"), max_length=20)
    day = models.DateField(_("действует с"), null=True, blank=True)
    origin = models.CharField(_("откуда"), max_length=4, default="file")
    file_name = models.CharField(_("файл"), max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    content = models.BinaryField(null=True, editable=False)
    path = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)
    uploaded_at = models.DateTimeField(_("загружено"), default=clock.now)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("кто загрузил"))
    applied_at = models.DateTimeField(_("принято"), null=True, blank=True)
    applied_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто принял"))
    discarded_at = models.DateTimeField(_("отменено"), null=True, blank=True)
    outcome = models.JSONField(_("итог"), default=dict, editable=False)

    class Meta:
        verbose_name = _("загруженная таблица")
        verbose_name_plural = _("загруженные таблицы")
        # The rights to the rows that a table changes are the rights to the table.
        default_permissions = ()
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="table_import_ends_once", condition=Q(applied_at__isnull=True) | Q(discarded_at__isnull=True)
            ),
            models.CheckConstraint(
                name="table_import_keeps_no_applied_file",
                condition=Q(content__isnull=True) | Q(applied_at__isnull=True, discarded_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["-uploaded_at", "-id"], name="table_import_newest"),
            models.Index(fields=["uploaded_at"], condition=Q(content__isnull=False), name="table_import_kept"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        """Whether the table may still be applied."""
        return self.applied_at is None and self.discarded_at is None and self.content is not None
