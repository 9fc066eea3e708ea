"""How long something waits, in words."""

from datetime import datetime

from django.utils.translation import gettext as _

from sipcabinet.lib import clock, words


def waited(since: datetime | None) -> str:
    """`3 дня`, `5 часов`, `меньше часа`; empty without a beginning."""
    if since is None:
        return ""
    seconds = max(0.0, (clock.now() - since).total_seconds())
    if days := int(seconds // 86400):
        return words.counted(days, "день", "дня", "дней")
    if hours := int(seconds // 3600):
        return words.counted(hours, "час", "часа", "часов")
    return _("меньше часа")
