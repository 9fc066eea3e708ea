from desk.admin import announcements, search

__all__ = ["announcements", "search"]
