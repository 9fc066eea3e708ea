"""Replaces Django's default admin site with the operator's desk."""

from django.contrib.admin.apps import SimpleAdminConfig


class OperatorAdminConfig(SimpleAdminConfig):
    """Imports no page of the desk (`sipcabinet.urls` does), so workers and most commands start in half the time."""

    default_site = "sipcabinet.site.admin.OperatorAdminSite"
