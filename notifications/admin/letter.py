from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.models import Letter, LetterAttachment
from sipcabinet.lib import staff
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.lib.staff_filters import TroubleFilter


class AttachmentInline(staff.ReadOnlyInline):
    model = LetterAttachment
    fields = ["file_name", "content_type"]


class UndeliveredFilter(TroubleFilter):
    """A letter that was sent again does not wait for staff."""

    def stopped(self) -> Q:
        return super().stopped() & Q(resends__isnull=True)


@admin.register(Letter)
class LetterAdmin(staff.ReadOnlyAdmin[Letter]):
    """The outbox: letters, recipients, the server's answers. Never shows a sealed text. `billing` adds «Отправить ещё
    раз»."""

    list_display = ["created_at", "shown_state", "subject", "recipient", "account", "smtp_code", "sent_at"]
    list_display_links = ["created_at", "subject"]
    list_filter = [UndeliveredFilter, "state", "created_at"]
    list_select_related = ["account__customer"]
    search_fields = ["recipient", "subject", "message_id", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Адрес, тема, номер лицевого счёта или клиент")
    ordering = ["-created_at", "-pk"]
    row_shows = LookKind.LETTER
    inlines = [AttachmentInline]
    fieldsets = [
        (None, {"fields": ["subject", "recipient", "account", "kind", "message_id", "resend_of"]}),
        (
            gettext_lazy("Доставка"),
            {
                "fields": [
                    "state", "tries", "created_at", "due_at", "sent_at", "finished_at",
                    "smtp_code", "smtp_answer", "last_error",
                ]
            },
        ),
        (gettext_lazy("Текст"), {"fields": ["text"]}),
    ]  # fmt: skip

    @admin.display(description=gettext_lazy("текст письма"))
    def text(self, letter: Letter) -> str:
        if letter.sealed:
            return _("В письме временный пароль, поэтому его текст не показывается")
        return letter.body_text
