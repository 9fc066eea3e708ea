from desk.admin import announcements, applications, customer_view, journal, queue, search

__all__ = ["announcements", "applications", "customer_view", "journal", "queue", "search"]
