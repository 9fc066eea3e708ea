from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Счета и документы")

    def ready(self) -> None:
        """Registers the checks of the settings and what follows a migration."""
        from billing import checks  # noqa: F401

        post_migrate.connect(store_coverage, sender=self)


def store_coverage(*, apps: Any, **_options: Any) -> None:
    """Stores the day up to which statements are complete, once, on a portal that imported statements before this day
    was stored: its pages must not say that no statement has arrived. `apps` are the models after the migration; a
    migration back to an earlier state stores nothing."""
    from billing.models import StatementImport, StatementsThrough
    from billing.services import statement_coverage

    for model in (StatementImport, StatementsThrough):
        then = apps.all_models["billing"].get(model._meta.model_name)
        if then is None or _columns(then) != _columns(model):
            return
    if StatementImport.objects.exists() and not StatementsThrough.objects.exists():
        statement_coverage.renew()


def _columns(model: Any) -> set[str]:
    return {field.column for field in model._meta.fields}
