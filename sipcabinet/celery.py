"""The Celery application: its messages are hints to look for due rows, never the work itself (see lib/durable.py)."""

import os

from celery import Celery
from celery.signals import setup_logging
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sipcabinet.settings")

app = Celery("sipcabinet")
app.config_from_object("django.conf:settings", namespace="CELERY")
# A hint needs no acknowledgement. And with one outstanding when the broker goes away, the worker would end: putting it
# back fails on the connection that is already half closed.
app.conf.task_queues = [Queue("celery", no_ack=True)]
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery leaves logging alone: Django has configured it already."""
