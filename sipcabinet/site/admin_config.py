"""The operator's desk instead of Django's default admin site."""

from django.contrib.admin.apps import SimpleAdminConfig


class OperatorAdminConfig(SimpleAdminConfig):
    """Imports no page of the desk: `sipcabinet.urls` does. Workers and most commands start in half the time."""

    default_site = "sipcabinet.site.admin.OperatorAdminSite"
