"""The portal's project package: settings, routing, and the composition of the apps."""

from sipcabinet.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "1.0.0"  # as in pyproject.toml, which is not part of the image
