"""The operator's desk instead of Django's default admin site."""

from django.contrib.admin.apps import AdminConfig


class OperatorAdminConfig(AdminConfig):
    default_site = "sipcabinet.site.admin.OperatorAdminSite"
