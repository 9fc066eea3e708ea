"""Orders, created documents and their letters for tests."""

from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from accounts.tests.factories import AccountFactory
from billing.models import CallDetailTerms, Document, DocumentOrder, OrderKind, OrderLetter, ReportDirection
from notifications.models import Letter
from sipcabinet.lib import files
from sipcabinet.lib.periods import Month


class OrderFactory(DjangoModelFactory[DocumentOrder]):
    """An order of this month's calls; `trunks` are subscribers, `month` is a Month, `direction` is out, in or all."""

    class Meta:
        model = DocumentOrder

    class Params:
        trunks: Any = ()
        month = factory.LazyFunction(Month.current)
        direction = ReportDirection.ALL

    account = factory.SubFactory(AccountFactory)
    number = factory.Sequence(lambda n: f"З-2026-9{n:05d}")
    kind = OrderKind.CALL_DETAIL
    params = factory.LazyAttribute(
        lambda o: CallDetailTerms(o.month, ReportDirection(o.direction), [trunk.pk for trunk in o.trunks]).params
    )
    title = factory.LazyAttribute(lambda o: CallDetailTerms.of(o.params).title)
    recipient = factory.LazyAttribute(lambda o: o.account.cabinet_email)


class DocumentFactory(DjangoModelFactory[Document]):
    """A created document with a real file of `content`."""

    class Meta:
        model = Document

    class Params:
        content = b"PK\x03\x04 not really a workbook"
        stored = factory.LazyAttribute(
            lambda o: files.store(files.new_path("documents", ".xlsx"), lambda stream: stream.write(o.content))
        )

    order = factory.SubFactory(OrderFactory, state="done")
    account = factory.SelfAttribute("order.account")
    file_name = "Детализация за октябрь 2026.xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    path = factory.SelfAttribute("stored.path")
    sha256 = factory.SelfAttribute("stored.sha256")
    size = factory.SelfAttribute("stored.size")


def letter_of(order: DocumentOrder, **fields: Any) -> Letter:
    """Creates one more letter of an order, with the given `fields`."""
    letter = Letter.objects.create(
        kind="call_detail_ready",
        recipient=order.recipient,
        account=order.account,
        subject="Детализация звонков",
        message_id=f"<{uuid4().hex}@operator.example>",
        **fields,
    )
    OrderLetter.objects.create(order=order, account=order.account, letter=letter)
    return letter
