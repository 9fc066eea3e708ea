"""The desk's own pages, registered at the desk's site."""

from desk.admin import announcements, journal

__all__ = ["announcements", "journal"]
