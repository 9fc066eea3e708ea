from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib.durable import DurableJob


class SwitchFormat(models.TextChoices):
    FREESWITCH = "freeswitch", "FreeSWITCH mod_cdr_csv"
    ASTERISK = "asterisk", "Asterisk cdr_csv"
    GENERIC = "generic", _("CSV любой станции")
    FREESWITCH_JSON = "fs-json", "FreeSWITCH mod_json_cdr"


LONGEST_SECONDS = 4 * 3600  # of talk: a longer call may be one that the switch forgot to end


class SourceKind(models.TextChoices):
    """Where a source's records come from (4.4)."""

    FILES = "files", _("файлы: загрузка и папка")
    KAMAILIO = "kamailio", _("база Kamailio")
    ASTERISK = "asterisk", _("таблица Asterisk (cdr_pgsql, cdr_adaptive_odbc)")
    HTTP = "http", _("FreeSWITCH mod_json_cdr по HTTP")


class AccountCode(models.TextChoices):
    """How a switch's account code names a trunk (4.4)."""

    NUMBER = "number", _("номер абонента")
    LOGIN = "login", _("логин SIP")
    OWN = "own", _("код на станции, заданный у SIP-соединения")


class CallSource(models.Model):
    """A switch that writes call files. A call's id is unique within its source; `columns` maps a generic CSV.

    `account_code` says how the account code in the records names the trunk that pays. `complete_to` is the start of the
    latest call in the completely imported files; None before the first such file. A call with more than
    `longest_seconds` of talk is held until staff decide (`HeldCall`). `zone` is that of times without an offset.
    `rules` rewrite numbers before anything else reads them (`subscribers.cdr.rewriting`). `position`: what is read of
    each table of a switch's database (`subscribers.calls.tables`). `secret` signs what a switch sends; it is sealed.
    """

    name = models.SlugField(_("источник"), unique=True)
    kind = models.CharField(
        _("откуда записи"), max_length=8, choices=SourceKind.choices, default=SourceKind.FILES,
        db_default=SourceKind.FILES,
    )  # fmt: skip
    format = models.CharField(_("формат"), max_length=10, choices=SwitchFormat.choices)
    zone = models.CharField(_("часовой пояс станции"), max_length=40, default="Europe/Minsk", db_default="Europe/Minsk")
    has_header = models.BooleanField(_("первая строка — заголовок"), default=True, db_default=True)
    rules = models.JSONField(_("замены в номерах"), default=list, blank=True)
    position = models.JSONField(_("прочитано из базы"), default=dict, editable=False)
    secret = models.TextField(_("секрет"), blank=True, default="", db_default="", editable=False)
    account_code = models.CharField(
        _("код лицевого счёта в записях"), max_length=6, choices=AccountCode.choices, default=AccountCode.NUMBER
    )
    columns = models.JSONField(_("соответствие колонок"), default=dict, blank=True)
    longest_seconds = models.PositiveIntegerField(
        _("самый длинный разговор, с"),
        default=LONGEST_SECONDS,
        db_default=LONGEST_SECONDS,
        validators=[MinValueValidator(60), MaxValueValidator(31 * 86_400)],
    )
    complete_to = models.DateTimeField(_("звонки учтены по"), null=True, editable=False)

    class Meta:
        verbose_name = _("источник звонков")
        verbose_name_plural = _("источники звонков")

    def __str__(self) -> str:
        return self.name


class AccountSource(models.Model):
    """A source has calls of this account. `last_call_at` is the start of the latest call, at most an hour behind."""

    account = models.ForeignKey(Account, models.PROTECT, db_index=False)
    source = models.ForeignKey(CallSource, models.PROTECT, db_index=False)
    last_call_at = models.DateTimeField()

    class Meta:
        verbose_name = _("источник звонков лицевого счёта")
        verbose_name_plural = _("источники звонков лицевых счетов")
        constraints = [models.UniqueConstraint(fields=["account", "source"], name="source_once_per_account")]

    def __str__(self) -> str:
        return f"{self.account}: {self.source}"


class CallImport(DurableJob):
    """One imported file of call records: read_count = new_count + duplicate_count + rejected_count (4.4).

    `path` is the file in the default storage until the import is done; empty for an import by command, which keeps no
    copy. `covers_to` is the start of the latest call read so far. Of an undone import (`undone_at`) no call is left.
    """

    source = models.ForeignKey(CallSource, models.PROTECT, verbose_name=_("источник"))
    file_name = models.CharField(_("файл"), max_length=255)
    path = models.CharField(max_length=300, blank=True, editable=False)
    sha256 = models.CharField(_("сумма SHA-256"), max_length=64, db_index=True, editable=False)
    size = models.PositiveBigIntegerField(_("размер, байт"), default=0)
    imported_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто"))
    read_count = models.PositiveIntegerField(_("прочитано"), default=0)
    new_count = models.PositiveIntegerField(_("новых"), default=0)
    duplicate_count = models.PositiveIntegerField(_("повторов"), default=0)
    rejected_count = models.PositiveIntegerField(_("отклонено"), default=0)
    covers_to = models.DateTimeField(_("последний звонок"), null=True, editable=False)
    undone_at = models.DateTimeField(_("отменён"), null=True, blank=True, editable=False)
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("кто отменил")
    )
    undo_reason = models.CharField(_("почему отменён"), max_length=300, blank=True, default="", db_default="")

    class Meta(DurableJob.Meta):
        verbose_name = _("импорт звонков")
        verbose_name_plural = _("импорты звонков")
        constraints = [
            models.CheckConstraint(
                name="call_import_undone_by",
                condition=models.Q(undone_at__isnull=True, undone_by__isnull=True, undo_reason="")
                | models.Q(undone_at__isnull=False, undone_by__isnull=False) & ~models.Q(undo_reason=""),
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class RejectState(models.TextChoices):
    WAITING = "waiting", _("ждёт")
    RESOLVED = "resolved", _("принята повторно")
    DISMISSED = "dismissed", _("снята")


class CallReject(models.Model):
    """A line that could not be read or matched, kept with its reason, to be tried again (4.4).

    `note` is why staff have dismissed it.
    """

    call_import = models.ForeignKey(CallImport, models.PROTECT, related_name="rejects", verbose_name=_("импорт"))
    line_no = models.PositiveIntegerField(_("строка"))
    raw = models.TextField(_("содержание"))
    code = models.CharField(_("код причины"), max_length=40)
    reason = models.CharField(_("причина"), max_length=300)
    state = models.CharField(_("состояние"), max_length=9, choices=RejectState.choices, default=RejectState.WAITING)
    # Identifies the line within its source: the same bad line in a second file is the same reject.
    content_key = models.CharField(max_length=64, editable=False)
    source = models.ForeignKey(CallSource, models.PROTECT, verbose_name=_("источник"))
    created_at = models.DateTimeField(_("создана"), auto_now_add=True)
    resolved_at = models.DateTimeField(_("разобрана"), null=True, blank=True)
    note = models.CharField(_("пояснение"), max_length=300, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("отклонённая запись")
        verbose_name_plural = _("отклонённые записи")
        constraints = [models.UniqueConstraint(fields=["source", "content_key"], name="reject_once_per_source")]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(state=RejectState.WAITING), name="reject_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.call_import}: {self.line_no}"
