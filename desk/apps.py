from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """The operator's desk: the staff's pages that join all apps. Django's tables stay in the `admin` packages."""

    name = "desk"
    verbose_name = _("Рабочий стол")
