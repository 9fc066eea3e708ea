from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperatorProfileConfig(AppConfig):
    """The operator's own face and requisites (4.16): how pages and letters look, who signs documents."""

    name = "operator_profile"
    verbose_name = _("Оператор")
