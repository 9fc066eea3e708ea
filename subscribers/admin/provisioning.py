"""The switch: the desired state of each number, whether it is applied, and the jobs that apply it (3.2-3.4)."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import durable, phones, staff
from sipcabinet.lib.errors import DomainError
from subscribers.models import Provisioning, ProvisioningJob
from subscribers.selectors.operations import TONES, SwitchStage, with_stage
from subscribers.switch import provisioning

SEARCH_HELP = gettext_lazy("Номер в любом написании, лицевой счёт или клиент")


class StageFilter(admin.SimpleListFilter):
    """Filters by stage, by the same rule as the customer's page: applied, failed, or being applied."""

    title = gettext_lazy("состояние")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return SwitchStage.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(stage=self.value()) if self.value() else queryset


@admin.register(Provisioning)
class ProvisioningAdmin(staff.ReadOnlyAdmin[Provisioning]):
    list_display = ["shown_phone", "shown_stage", "account", "version", "applied_version", "applied_at"]
    list_filter = [StageFilter, "applied_at"]
    list_select_related = ["account__customer", "subscriber"]
    search_fields = ["account__number", "account__customer__name"]
    phone_search_fields = ["subscriber__phone"]
    search_help_text = SEARCH_HELP
    ordering = ["-applied_at", "pk"]
    fields = [
        "shown_phone", "account", "shown_stage", "version", "applied_version", "applied_at",
        "shown_desired", "shown_applied",
    ]  # fmt: skip
    readonly_fields = ["shown_phone", "shown_stage", "shown_desired", "shown_applied"]
    actions = ["again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provisioning]:
        return with_stage(super().get_queryset(request))

    @admin.display(description=gettext_lazy("номер"), ordering="subscriber__phone")
    def shown_phone(self, row: Provisioning) -> str:
        return phones.display(row.subscriber.phone)

    @admin.display(description=gettext_lazy("состояние"))
    def shown_stage(self, row: Any) -> SafeString:
        stage = SwitchStage(row.stage)
        return staff.badge(TONES[stage], str(stage.label))

    @admin.display(description=gettext_lazy("как должно быть"))
    def shown_desired(self, row: Provisioning) -> SafeString:
        return _laid_out(row.desired)

    @admin.display(description=gettext_lazy("как применено"))
    def shown_applied(self, row: Provisioning) -> SafeString:
        return _laid_out(row.applied)

    @admin.action(description=gettext_lazy("Передать на коммутатор заново"), permissions=["act"])
    def again(self, request: HttpRequest, queryset: QuerySet[Provisioning]) -> None:
        def work(row: Provisioning) -> None:
            version = provisioning.want(subscriber=row.subscriber)
            summary = _("Передаётся на коммутатор заново: %(what)s") % {"what": phones.display(row.subscriber.phone)}
            self.record(request, row, "retried", summary, version=version)

        self.do_each(request, queryset, work, done=_("Передаётся заново"))


@admin.register(ProvisioningJob)
class ProvisioningJobAdmin(staff.ReadOnlyAdmin[ProvisioningJob]):
    list_display = [
        "created_at", "shown_state", "shown_phone", "account", "version", "attempts", "due_at", "finished_at",
        "last_error",
    ]  # fmt: skip
    list_filter = ["state", "created_at"]
    list_select_related = ["account__customer", "subscriber"]
    search_fields = ["account__number", "account__customer__name", "last_error"]
    phone_search_fields = ["subscriber__phone"]
    search_help_text = SEARCH_HELP
    ordering = ["-created_at", "-pk"]
    show_full_result_count = False  # the table only grows
    fields = [
        "shown_phone", "account", "version", "state", "attempts", "created_at", "due_at", "finished_at", "last_error",
    ]  # fmt: skip
    readonly_fields = ["shown_phone"]
    actions = ["again"]
    audit_noun = "provisioning"

    @admin.display(description=gettext_lazy("номер"), ordering="subscriber__phone")
    def shown_phone(self, job: ProvisioningJob) -> str:
        return phones.display(job.subscriber.phone)

    @admin.action(description=gettext_lazy("Повторить"), permissions=["act"])
    def again(self, request: HttpRequest, queryset: QuerySet[ProvisioningJob]) -> None:
        def work(job: ProvisioningJob) -> None:
            if not durable.retry(job):
                raise DomainError(_("Повторить можно только задание с ошибкой"), code="provisioning.not_ended")
            durable.hint(provisioning.DRAIN_TASK)
            summary = _("Задание коммутатору снова в работе: %(what)s") % {"what": phones.display(job.subscriber.phone)}
            self.record(request, job, "retried", summary, version=job.version)

        self.do_each(request, queryset, work, done=_("Заданий снова в работе"))


def _laid_out(state: dict[str, Any]) -> SafeString:
    """A state as readable text: one fact per line. A state holds no secret."""
    return format_html("<pre>{}</pre>", json.dumps(state, ensure_ascii=False, indent=2, sort_keys=True))
