"""What Celery beat starts, and when."""

from typing import Any

from celery.schedules import crontab


def tasks(drain_every: float) -> dict[str, dict[str, Any]]:
    """The value of CELERY_BEAT_SCHEDULE. Due work is looked for every `drain_every` seconds."""
    return {
        "drain-password-requests": _hint("accounts.drain_password_requests", drain_every),
        "drain-letters": _hint("notifications.drain_letters", drain_every),
        "drain-orders": _hint("billing.drain_orders", drain_every),
        "drain-mailings": _hint("billing.drain_mailings", drain_every),
        "drain-month-calculations": _hint("billing.drain_month_calculations", drain_every),
        "drain-month-issues": _hint("billing.drain_month_issues", drain_every),
        "drain-acts": _hint("billing.drain_acts", drain_every),
        "drain-announcements": _hint("announcements.drain_sendings", drain_every),
        "drain-imports": _hint("subscribers.drain_imports", drain_every),
        "drain-reratings": _hint("subscribers.drain_reratings", drain_every),
        "drain-customer-loads": _hint("desk.drain_customer_loads", drain_every),
        "drain-planned-changes": _hint("desk.drain_planned_changes", 60.0),
        "drain-provisioning": _hint("subscribers.drain_provisioning", drain_every),
        "watch-inbox": _hint("subscribers.watch_inbox", 15.0),
        "pull-calls": _hint("subscribers.pull_calls", 60.0),
        "keep-partitions": _at("subscribers.keep_partitions", crontab(hour="0", minute="15")),
        "reconcile-provisioning": _at("subscribers.reconcile_provisioning", crontab(hour="3", minute="20")),
        "count-peaks": _hint("subscribers.count_peaks", 60.0),
        "end-customer-views": _hint("accounts.end_customer_views", 60.0),
        "forget-counters": _at("accounts.forget_counters", crontab(minute="25")),
        "forget-old-traces": _at("accounts.forget_old_traces", crontab(hour="1", minute="40")),
        "check-ledger": _at("billing.check_ledger", crontab(hour="4", minute="10")),
        # Reminders are sent in the daytime. A run without due reminders does nothing, so a later run can replace a
        # missed one on the same day.
        "expire-guarantees": _at("billing.expire_guarantees", crontab(hour="0", minute="5")),
        "run-dunning": _at("billing.run_dunning", crontab(hour="9-17", minute="30")),
        "remove-forgotten-files": _at("billing.remove_forgotten_files", crontab(hour="2", minute="10")),
        "remove-forgotten-scans": _at("accounts.remove_forgotten_scans", crontab(hour="2", minute="15")),
    }


def _hint(task: str, seconds: float) -> dict[str, Any]:
    # A hint that no worker took within its period is useless: the next hint says the same.
    return {"task": task, "schedule": seconds, "options": {"expires": max(1.0, seconds)}}


def _at(task: str, time: crontab) -> dict[str, Any]:
    return {"task": task, "schedule": time}
