from desk.admin import announcements, applications, search

__all__ = ["announcements", "applications", "search"]
