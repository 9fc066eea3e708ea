from django.db import models
from django.utils.translation import gettext_lazy as _


class Picture(models.Model):
    """A checked picture (`sipcabinet.lib.pictures`): a logo, a signature or a stamp. Never changed or removed.

    It is in the database, not in a file: it is small, it comes into force with the row that names it, and every
    process and backup has it.
    """

    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    content_type = models.CharField(max_length=20, editable=False)
    content = models.BinaryField(editable=False)
    width = models.PositiveIntegerField(_("ширина, точек"))
    height = models.PositiveIntegerField(_("высота, точек"))

    class Meta:
        verbose_name = _("картинка")
        verbose_name_plural = _("картинки")

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"
