from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnouncementsConfig(AppConfig):
    """Announcements of the operator to his customers: new prices, planned works (4.14)."""

    name = "announcements"
    verbose_name = _("Объявления")
