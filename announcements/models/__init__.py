from announcements.models.addressee import Addressee
from announcements.models.announcement import Announcement, AnnouncementState, Audience
from announcements.models.sending import Sending

__all__ = ["Addressee", "Announcement", "AnnouncementState", "Audience", "Sending"]
