"""What Celery beat starts, and when."""

from typing import Any

from celery.schedules import crontab

LOOK = "sipcabinet.look_for_due_work"
# Kinds of durable work (`durable_counts.kind_of`) and the task that works on their due rows.
DRAINS = {
    "passwordrequest": "accounts.drain_password_requests",
    "letter": "notifications.drain_letters",
    "documentorder": "billing.drain_orders",
    "invoicemailing": "billing.drain_mailings",
    "monthcalculation": "billing.drain_month_calculations",
    "monthissue": "billing.drain_month_issues",
    "reconciliationrun": "billing.drain_acts",
    "sending": "announcements.drain_sendings",
    "callimport": "subscribers.drain_imports",
    "rerating": "subscribers.drain_reratings",
    "provisioningjob": "subscribers.drain_provisioning",
    "switchtransfer": "subscribers.drain_switch_transfers",
    "customerload": "desk.drain_customer_loads",
    "plannedchange": "desk.drain_planned_changes",
}
SELDOM = 60  # a drain without a hint from LOOK comes so many times less often than LOOK


def tasks(drain_every: float) -> dict[str, dict[str, Any]]:
    """The value of CELERY_BEAT_SCHEDULE. Due work of all kinds is looked for every `drain_every` seconds; each drain
    also comes by itself, seldom."""
    drains = {task.partition(".")[2].replace("_", "-"): task for task in DRAINS.values()}
    return {
        "look-for-due-work": _hint(LOOK, drain_every),
        **{name: _hint(task, drain_every * SELDOM) for name, task in drains.items()},
        "watch-inbox": _hint("subscribers.watch_inbox", 30.0),
        "pull-calls": _hint("subscribers.pull_calls", 60.0),
        "follow-switch": _hint("subscribers.follow_switch", 60.0),
        "keep-partitions": _at("subscribers.keep_partitions", crontab(hour="0", minute="15")),
        "reconcile-provisioning": _at("subscribers.reconcile_provisioning", crontab(hour="3", minute="20")),
        "check-limits": _hint("subscribers.check_limits", 15.0),
        "look-for-fraud": _hint("subscribers.look_for_fraud", 60.0),
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
