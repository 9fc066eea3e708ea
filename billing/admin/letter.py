"""Resends a letter with an ordered document or an invoice through its order or mailing, so that the customer sees it
there."""

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
    """The outbox; finds the order or the mailing that a letter belongs to."""

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
