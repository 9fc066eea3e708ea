"""Акты сверки for tests."""

from decimal import Decimal

from accounts.models import Account
from billing.models import ReconciliationAct, ReconciliationRun
from billing.selectors.acts import Quarter
from sipcabinet.lib import clock, files, pdf
from sipcabinet.lib.durable import JobState


def sent_act(account: Account, quarter: Quarter | None = None, content: bytes = b"%PDF-1.7") -> ReconciliationAct:
    """An act that was made and sent, without the work of making it."""
    of = quarter or Quarter.last_over()
    stored = files.store(files.new_path("acts", ".pdf"), lambda stream: stream.write(content))
    run = ReconciliationRun.objects.create(first_day=of.start, last_day=of.end, state=JobState.DONE)
    return ReconciliationAct.objects.create(
        account=account,
        run=run,
        first_day=of.start,
        last_day=of.end,
        made_at=clock.now(),
        closing=Decimal("-125.00"),
        file_name="Акт сверки.pdf",
        content_type=pdf.MIME,
        path=stored.path,
        sha256=stored.sha256,
        size=stored.size,
    )
