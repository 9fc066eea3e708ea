"""A letter that carries an ordered document or an invoice is sent again as theirs: the customer sees it there."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from billing.models import DocumentOrder, InvoiceMailing
from billing.services import mailings, orders
from notifications.admin.letter import LetterAdmin
from notifications.models import Letter
from sipcabinet.lib import requests

admin.site.unregister(Letter)


@admin.register(Letter)
class OrderLetterAdmin(LetterAdmin):
    """The outbox, which knows whose letters are orders' and invoices'."""

    def repeat(self, request: HttpRequest, letter: Letter) -> None:
        who: dict[str, Any] = {"user": cast("User", request.user), "address": requests.client_address(request)}
        order = DocumentOrder.objects.filter(letters=letter).first()
        mailing = InvoiceMailing.objects.filter(letters=letter).first()
        if order is not None:
            orders.resend(order=order, **who)
        elif mailing is not None:
            mailings.resend(mailing=mailing, recipients=[letter.recipient], **who)
        else:
            super().repeat(request, letter)
