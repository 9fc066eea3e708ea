"""The portal's project package: settings, routing, and the composition of the apps."""

from sipcabinet.celery import app as celery_app

__all__ = ["celery_app"]
