"""The desk's own pages, registered at the desk's site."""

from desk.admin import (
    announcements,
    applications,
    catalogue,
    customer,
    customer_load,
    customer_view,
    face,
    journal,
    money,
    months,
    new_customer,
    pages,
    pool,
    queue,
    roles,
    search,
)

__all__ = [
    "announcements",
    "applications",
    "catalogue",
    "customer",
    "customer_load",
    "customer_view",
    "face",
    "journal",
    "money",
    "months",
    "new_customer",
    "pages",
    "pool",
    "queue",
    "roles",
    "search",
]
