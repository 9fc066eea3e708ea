from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models.order import DocumentOrder
from sipcabinet.lib import clock


class Document(models.Model):
    """A created file: its path in the default storage, its sha256 and its size in bytes. Never rewritten.

    `calls_known` is the phrase in the file that says up to when its calls are imported; the letters repeat it. Empty
    for older files.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    order = models.OneToOneField(DocumentOrder, models.PROTECT, related_name="document", verbose_name=_("заказ"))
    file_name = models.CharField(_("имя файла"), max_length=200)
    content_type = models.CharField(_("тип файла"), max_length=100)
    path = models.CharField(max_length=300, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveBigIntegerField(_("размер, байт"))
    made_at = models.DateTimeField(_("сформирован"), default=clock.now)
    calls_known = models.CharField(_("полнота данных"), max_length=100, blank=True, editable=False)

    class Meta:
        verbose_name = _("документ")
        verbose_name_plural = _("документы")

    def __str__(self) -> str:
        return self.file_name
