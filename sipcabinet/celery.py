"""The Celery application. Its messages are hints to look for due rows, and never contain work (see lib/durable.py)."""

import os
import time
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging, task_postrun, task_prerun, worker_process_init, worker_ready
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


@celeryd_init.connect
def begin_metrics(**_: object) -> None:
    from sipcabinet.lib import metrics

    metrics.begin("worker")


@worker_process_init.connect
def keep_metrics(**_: object) -> None:
    from sipcabinet.lib import metrics

    metrics.keep()


@task_prerun.connect
def note_begin(task: Any, **_: object) -> None:
    task.request.begun = time.perf_counter()


@task_postrun.connect
def count_task(task: Any, state: str | None = None, **_: object) -> None:
    from sipcabinet.lib import metrics

    metrics.task_ended(task.name, state or "UNKNOWN", time.perf_counter() - task.request.begun)


@worker_ready.connect
def open_months(**_: object) -> None:
    """Hints at the months of calls: a new installation has none until midnight, and a midnight may have been missed."""
    from sipcabinet.lib import durable

    durable.hint("subscribers.keep_partitions")
