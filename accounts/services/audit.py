"""Журнал действий: who did what to which account, when and from where (1.3, 4.10).

`Action` lists the actions of this app: the stable code is stored in the database; the journal shows the Russian text
unless the caller passes a `summary`. The part of a code before the dot selects a section (`selectors/journal.py`).
"""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AuditEvent, User
from sipcabinet.lib import requests


class Action(models.TextChoices):
    """The actions that the accounts app itself records."""

    SIGNED_IN = "sign_in.done", _("Вход в личный кабинет")
    SIGNED_IN_TEMPORARY = "sign_in.temporary", _("Вход с временным паролем")
    SIGNED_OUT = "sign_in.ended", _("Выход из личного кабинета")
    TEMPORARY_PASSWORD_SENT = "password.temporary", _("Отправлен временный пароль")
    PASSWORD_CHANGED = "password.changed", _("Изменён пароль")
    SESSION_ENDED = "session.ended", _("Завершён другой сеанс")
    OTHER_SESSIONS_ENDED = "session.others_ended", _("Завершены все остальные сеансы")
    SECOND_FACTOR_ON = "second_factor.on", _("Включено подтверждение входа кодом")
    SECOND_FACTOR_OFF = "second_factor.off", _("Отключено подтверждение входа кодом")
    RECOVERY_CODES_MADE = "second_factor.codes", _("Выданы новые резервные коды")
    RECOVERY_CODE_USED = "second_factor.code_used", _("Использован резервный код")
    STEPPED_UP = "step_up.done", _("Личность подтверждена паролем и кодом для изменения прав")
    STEP_UP_REFUSED = "step_up.refused", _("Отказ: неверный пароль или код")
    LOGIN_OPENED = "login.opened", _("Открыт вход в личный кабинет")
    LOGIN_CLOSED = "login.closed", _("Закрыт вход в личный кабинет")
    ACCOUNT_OPENED = "account.opened", _("Открыт лицевой счёт")
    CABINET_VIEWED = "account.viewed", _("Сотрудник оператора просматривал кабинет")
    VIEW_BEGUN = "account.view_begun", _("Начат просмотр кабинета")
    VIEW_ENDED = "account.view_ended", _("Закончен просмотр кабинета")
    EMAIL_CHANGED = "account.email_changed", _("Изменён E-mail личного кабинета")
    APPLICATION_RECEIVED = "application.received", _("Принято заявление")
    APPLICATION_DONE = "application.done", _("Выполнено заявление")
    APPLICATION_REFUSED = "application.refused", _("Отказано по заявлению")
    APPLICATION_WITHDRAWN = "application.withdrawn", _("Отозвано заявление")
    APPLICATION_READ = "application.read", _("Открыт скан заявления")


def record(
    *,
    action: str,
    account: Account | None = None,
    user: User | None = None,
    summary: str | Promise = "",
    details: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
    address: str | None = None,
) -> AuditEvent:
    """Writes one event, in the transaction of the recorded change.

    `account` is the account of the event (default: the user's account). `details` holds ids and harmless values, never
    a secret or a dialled number. The address is taken from `request` or `address`; a worker's own event has none.
    """
    if request is not None:
        address = requests.client_address(request)
    return AuditEvent.objects.create(
        account=account or (user.account if user else None),
        user=user,
        action=str(action),
        summary=str(summary or Action(action).label)[:300],
        details=details or {},
        address=address,
        by_staff=bool(user and user.is_staff),
    )


def record_all(events: Iterable[AuditEvent]) -> None:
    """Writes a worker's own events of many accounts at once, in the transaction of the recorded changes."""
    AuditEvent.objects.bulk_create(events)
