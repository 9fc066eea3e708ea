"""The outbox with «Отправить ещё раз», which needs the orders and mailings that letters belong to."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from billing.services import repeats
from notifications.admin.letter import LetterAdmin
from notifications.models import Letter
from sipcabinet.lib.errors import DomainError

admin.site.unregister(Letter)


@admin.register(Letter)
class RepeatedLetterAdmin(LetterAdmin):
    """Each chosen letter goes again to the likeliest address that its account has now (`repeats.addresses`)."""

    actions = ["send_again"]

    @admin.action(description=gettext_lazy("Отправить ещё раз"), permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        def again(letter: Letter) -> None:
            if refusal := repeats.why_not(letter):
                raise DomainError(refusal, code="repeat.refused")
            repeats.send(letter=letter, recipient=repeats.addresses(letter)[0], by=Actor.of(request))

        self.do_each(request, queryset, again, done=str(gettext_lazy("Поставлено в очередь писем")))
