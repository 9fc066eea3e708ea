"""The Celery application. Its messages are hints to look for due rows, and never contain work (see lib/durable.py)."""

import os

from celery import Celery
from celery.signals import setup_logging
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sipcabinet.settings")

app = Celery("sipcabinet")
app.config_from_object("django.conf:settings", namespace="CELERY")
# A hint needs no acknowledgement. With acknowledgements, a worker would end when the broker goes away: the worker would
# put its unacknowledged hint back, which fails on the connection that is already half closed.
app.conf.task_queues = [Queue("celery", no_ack=True)]
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Does nothing, so that Celery does not configure logging: Django has configured it already."""
