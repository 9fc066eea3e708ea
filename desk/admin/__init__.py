"""The desk's own pages, registered at the desk's site."""

from desk.admin import (
    acts,
    announcements,
    applications,
    customer,
    customer_view,
    debtors,
    face,
    journal,
    pages,
    queue,
    reports,
    roles,
    search,
)

__all__ = [
    "acts",
    "announcements",
    "applications",
    "customer",
    "customer_view",
    "debtors",
    "face",
    "journal",
    "pages",
    "queue",
    "reports",
    "roles",
    "search",
]
