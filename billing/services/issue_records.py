"""What pages show of the issuing of a month that `close_month` has carried out (4.7)."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import Account
from billing.models import IssueFailure, MonthIssue
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month


def of_command(month: Month, count: int, failures: Sequence[tuple[Account, str]]) -> None:
    """Writes that the command has gone through all `count` accounts; work that the desk had ordered is done by that."""
    with transaction.atomic():
        done = {
            "state": JobState.DONE, "finished_at": clock.now(), "whole": count, "done": count, "only_failed": False,
            "stopped_at": None, "stopped_by": None, "claim_token": None, "claimed_until": None,
        }  # fmt: skip
        issue, _created = MonthIssue.objects.update_or_create(month=month.first_day, defaults=done)
        issue.failures.all().delete()
        IssueFailure.objects.bulk_create(
            IssueFailure(issue=issue, account=account, message=message[:300]) for account, message in failures
        )
