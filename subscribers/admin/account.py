"""Adds the closing of an account, which also closes its numbers; it is defined here because accounts is a lower app."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.account import AccountAdmin
from accounts.models import Account
from sipcabinet.lib import clock
from subscribers.services import numbers

admin.site.unregister(Account)


@admin.register(Account)
class AccountWithNumbersAdmin(AccountAdmin):
    actions = ["close"]

    @admin.action(description=gettext_lazy("Закрыть счёт и отключить его номера"), permissions=["act"])
    def close(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        now = clock.now()

        def work(account: Account) -> None:
            numbers.close_account(account=account, at=now)
            self.record(request, account, "closed", _("Лицевой счёт закрыт, номера отключены"))

        self.do_each(request, queryset, work, done=_("Закрыто лицевых счетов"))
