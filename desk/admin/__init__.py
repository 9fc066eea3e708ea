from desk.admin import announcements, applications, customer, customer_view, face, journal, pages, queue, search

__all__ = ["announcements", "applications", "customer", "customer_view", "face", "journal", "pages", "queue", "search"]
