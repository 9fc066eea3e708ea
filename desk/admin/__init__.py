from desk.admin import announcements, customer, pages

__all__ = ["announcements", "customer", "pages"]
