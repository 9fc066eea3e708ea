from desk.admin import announcements, queue

__all__ = ["announcements", "queue"]
