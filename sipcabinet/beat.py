"""Celery beat as a small process: it sends names of tasks at their times, so it needs neither the tasks nor the apps.

celery -A sipcabinet.beat beat
"""

from django.conf import settings

from sipcabinet.celery import app
from sipcabinet.lib import logs

app.loader.worker_initialized = True  # the loader imports all tasks, and with them the apps, only once
logs.configure(settings.LOGGING)

__all__ = ["app"]
