"""Registers the desk's own pages."""

from desk.admin import announcements, face

__all__ = ["announcements", "face"]
