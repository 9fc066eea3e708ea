from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.Model):
    """A role of `desk/roles.py` and its group in this installation (4.10). Groups made by hand have no row here."""

    code = models.CharField(_("код"), max_length=20, unique=True)
    group = models.OneToOneField(Group, models.PROTECT, related_name="role", verbose_name=_("группа"))

    class Meta:
        verbose_name = _("роль")
        verbose_name_plural = _("роли")
        permissions = [("view_reports", _("Может смотреть отчёты"))]

    def __str__(self) -> str:
        return self.group.name
