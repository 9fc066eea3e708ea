from desk.admin import announcements, applications

__all__ = ["announcements", "applications"]
