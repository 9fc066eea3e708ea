"""The desk's own pages, registered at the desk's site."""

from desk.admin import (
    announcements,
    applications,
    customer,
    customer_view,
    face,
    journal,
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
    "customer",
    "customer_view",
    "face",
    "journal",
    "new_customer",
    "pages",
    "pool",
    "queue",
    "roles",
    "search",
]
