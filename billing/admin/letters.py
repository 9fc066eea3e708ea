"""The letters of an order or of a mailing, in a table of its page."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy

from sipcabinet.lib import clock, staff


class LettersInline(staff.ReadOnlyInline):
    """A list whose rows belong to one letter each; shows the letter's recipient, state and time of sending."""

    fields = ["letter", "recipient", "letter_state", "sent_at"]
    readonly_fields = ["recipient", "letter_state", "sent_at"]

    @admin.display(description=gettext_lazy("кому"))
    def recipient(self, delivery: Any) -> str:
        return str(delivery.letter.recipient)

    @admin.display(description=gettext_lazy("состояние"))
    def letter_state(self, delivery: Any) -> str:
        return str(delivery.letter.get_state_display())

    @admin.display(description=gettext_lazy("отправлено"))
    def sent_at(self, delivery: Any) -> str:
        return clock.show_moment(delivery.letter.sent_at) if delivery.letter.sent_at else ""
