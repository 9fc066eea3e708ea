from desk.admin import announcements

__all__ = ["announcements"]
