"""Celery tasks: answer due password requests, and delete old rows every hour and every night."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import PasswordRequest, Session, SignIn, TemporaryPassword, Throttle
from accounts.services import applications, customer_views, password_requests
from sipcabinet.lib import clock, durable

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=1)
KEEP_SIGN_INS = timedelta(days=365)
KEEP_REFUSALS_OF_NOBODY = timedelta(days=7)
KEEP_REQUESTS = timedelta(days=30)
KEEP_UNCONFIRMED_KEYS = timedelta(days=1)


@shared_task(name=password_requests.DRAIN_TASK)
def drain_password_requests() -> None:
    """Answers every due request of «Забыли пароль»."""
    durable.drain(lambda: durable.claim(PasswordRequest, lease=LEASE), password_requests.answer)


@shared_task(name="accounts.end_customer_views")
def end_customer_views() -> None:
    """Ends views of customers' pages whose time is over (4.9), so that the journal has their end."""
    customer_views.end_overdue()


@shared_task(name="accounts.forget_counters")
def forget_attempts() -> None:
    """Deletes counters whose window is over, every hour: an attacker who tries many numbers creates one per number."""
    ended = Throttle.objects.filter(window_start__lte=clock.now() - settings.SIGN_IN_WINDOW)
    deleted, _of_what = ended.delete()
    log.info("counters.forgotten", count=deleted)


@shared_task(name="accounts.remove_forgotten_scans")
def remove_forgotten_scans() -> None:
    """Removes scans that no written application keeps, every night."""
    applications.remove_forgotten()


@shared_task(name="accounts.forget_old_traces")
def forget_old_traces() -> None:
    """Deletes rows that are no longer needed: ended sessions, old requests, sign-ins, passwords, unconfirmed keys.

    A temporary password (only its hash is stored) stays for a month after its end. A request that staff must handle is
    not deleted.
    """
    now = clock.now()
    ended = Q(expire_date__lte=now) | Q(last_seen_at__lte=now - settings.SESSION_IDLE)
    old = [
        Session.objects.filter(ended),
        SignIn.objects.filter(at__lte=now - KEEP_SIGN_INS),
        SignIn.objects.filter(user=None, at__lte=now - KEEP_REFUSALS_OF_NOBODY),
        PasswordRequest.objects.filter(state=durable.JobState.DONE, finished_at__lte=now - KEEP_REQUESTS),
        TemporaryPassword.objects.filter(expires_at__lte=now - KEEP_REQUESTS),
        TOTPDevice.objects.filter(confirmed=False, created_at__lte=now - KEEP_UNCONFIRMED_KEYS),
    ]
    for rows in old:
        deleted, _of_what = rows.delete()
        log.info("traces.forgotten", table=rows.model._meta.label, count=deleted)
