"""A letter that carries an order's document is sent again as the order's own, so that the customer sees it there."""

from typing import cast

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User
from billing.models import DocumentOrder
from billing.services import orders
from notifications.admin.letter import LetterAdmin
from notifications.models import Letter
from sipcabinet.lib import requests

admin.site.unregister(Letter)


@admin.register(Letter)
class OrderLetterAdmin(LetterAdmin):
    """The outbox, which knows whose letters are orders'."""

    def repeat(self, request: HttpRequest, letter: Letter) -> None:
        order = DocumentOrder.objects.filter(letters=letter).first()
        if order is None:
            super().repeat(request, letter)
        else:
            orders.resend(order=order, user=cast("User", request.user), address=requests.client_address(request))
