from desk.admin import announcements, customer_view

__all__ = ["announcements", "customer_view"]
