"""How regular invoices reach an account: the choice that holds, and those before it (2.3.3)."""

from django.db.models import QuerySet

from accounts.models import Account
from billing.models import DeliveryChoice
from sipcabinet.lib import tenancy


def current(account: Account) -> DeliveryChoice | None:
    """The choice that holds; None is «Получает сам» that nobody has ever changed."""
    return history(account).first()


def history(account: Account) -> QuerySet[DeliveryChoice]:
    """Every choice, the newest first."""
    return tenancy.of(account).rows(DeliveryChoice).select_related("chosen_by").order_by("-chosen_at", "-pk")
