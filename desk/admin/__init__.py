from desk.admin import announcements, applications, customer_view, face, journal, queue, search

__all__ = ["announcements", "applications", "customer_view", "face", "journal", "queue", "search"]
