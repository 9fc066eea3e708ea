from desk.admin import announcements, applications, customer_view, search

__all__ = ["announcements", "applications", "customer_view", "search"]
