from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """The operator's desk: the staff's pages that join all apps. Django's tables stay in the `admin` packages."""

    name = "desk"
    verbose_name = _("Рабочий стол")

    def ready(self) -> None:
        """Keeps the roles equal to their table after each `migrate` (4.10)."""
        post_migrate.connect(_keep_roles, sender=self, dispatch_uid="desk.roles")


def _keep_roles(apps: Any, **_signal: Any) -> None:
    try:
        apps.get_model("desk", "Role")
    except LookupError:  # migrated to a state before the roles
        return
    from desk.services import roles

    roles.sync()
