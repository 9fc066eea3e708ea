"""What the details of a journal's row hold beside its changes, in words: names, codes, days (4.10)."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from accounts.models.customer_view import ViewEnd
from desk.models import PlannedKind
from sipcabinet.lib import changes, clock
from subscribers.models import AlarmSign, BarCause, LimitOwner, NumberOrigin

NAMES = {
    "account": gettext_lazy("Лицевой счёт, запись №"),
    "account_id": gettext_lazy("Лицевой счёт, запись №"),
    "act_id": gettext_lazy("Акт сверки, запись №"),
    "addresses": gettext_lazy("Адреса"),
    "adjustment_id": gettext_lazy("Поправка, запись №"),
    "alarm_id": gettext_lazy("Тревога, запись №"),
    "amount": gettext_lazy("Сумма, BYN"),
    "announcement_id": gettext_lazy("Объявление, запись №"),
    "answer": gettext_lazy("Ответ"),
    "application_id": gettext_lazy("Заявление, запись №"),
    "at": gettext_lazy("Когда"),
    "bar_id": gettext_lazy("Закрытие направлений, запись №"),
    "billed_as": gettext_lazy("Учтено секунд"),
    "booked_on": gettext_lazy("Дата проводки"),
    "calls": gettext_lazy("Звонков"),
    "cause": gettext_lazy("Причина"),
    "changed": gettext_lazy("Изменено"),
    "choice_id": gettext_lazy("Способ доставки, запись №"),
    "code": gettext_lazy("Код"),
    "correction_id": gettext_lazy("Корректировка, запись №"),
    "cost": gettext_lazy("Сумма, BYN без НДС"),
    "count": gettext_lazy("Количество"),
    "customer_id": gettext_lazy("Клиент, запись №"),
    "day": gettext_lazy("День"),
    "debt_id": gettext_lazy("Долг, запись №"),
    "despite": gettext_lazy("Несмотря на"),
    "done": gettext_lazy("Обработано строк"),
    "end": gettext_lazy("Окончание"),
    "exemption_id": gettext_lazy("Отсрочка, запись №"),
    "failed": gettext_lazy("Не передано"),
    "file": gettext_lazy("Файл"),
    "filters": gettext_lazy("Отбор"),
    "form": gettext_lazy("Отправка формы"),
    "format": gettext_lazy("Формат"),
    "given": gettext_lazy("Прав добавлено"),
    "guarantee_id": gettext_lazy("Гарантия, запись №"),
    "held_call_id": gettext_lazy("Звонок на проверке, запись №"),
    "how": gettext_lazy("Как"),
    "id": gettext_lazy("Запись №"),
    "ids": gettext_lazy("Записи №"),
    "import_id": gettext_lazy("Файл звонков, запись №"),
    "invoice_id": gettext_lazy("Счёт, запись №"),
    "is_rehearsal": gettext_lazy("Пробный"),
    "kept": gettext_lazy("Оставлены звонки источника"),
    "kind": gettext_lazy("Вид"),
    "letter_id": gettext_lazy("Письмо, запись №"),
    "letter_ids": gettext_lazy("Письма, записи №"),
    "lines": gettext_lazy("Строк"),
    "link_id": gettext_lazy("Ссылка, запись №"),
    "load_id": gettext_lazy("Загрузка, запись №"),
    "login_id": gettext_lazy("Логин, запись №"),
    "method": gettext_lazy("Способ"),
    "month": gettext_lazy("Месяц"),
    "note": gettext_lazy("Примечание"),
    "note_id": gettext_lazy("Заметка, запись №"),
    "numbers": gettext_lazy("Номеров"),
    "on": gettext_lazy("День"),
    "operation": gettext_lazy("Операция"),
    "order_id": gettext_lazy("Заказ, запись №"),
    "origin": gettext_lazy("Откуда номер"),
    "owner": gettext_lazy("Чей лимит"),
    "passed": gettext_lazy("Уже было так"),
    "payment_id": gettext_lazy("Платёж, запись №"),
    "phone": gettext_lazy("Номер"),
    "planned_id": gettext_lazy("Запланировано, запись №"),
    "proposal_id": gettext_lazy("Предложение, запись №"),
    "quarter": gettext_lazy("Квартал"),
    "range_id": gettext_lazy("Диапазон, запись №"),
    "reason": gettext_lazy("Основание"),
    "records": gettext_lazy("Звонков"),
    "refund_id": gettext_lazy("Возврат плательщику, запись №"),
    "report": gettext_lazy("Отчёт"),
    "request_id": gettext_lazy("Запрос пароля, запись №"),
    "rerating_id": gettext_lazy("Пересчёт, запись №"),
    "restriction_id": gettext_lazy("Ограничение, запись №"),
    "return_id": gettext_lazy("Возврат платежа, запись №"),
    "revision": gettext_lazy("Редакция"),
    "role": gettext_lazy("Роль"),
    "rows": gettext_lazy("Строк"),
    "seconds": gettext_lazy("Секунд"),
    "sha256": gettext_lazy("Контрольная сумма файла"),
    "sign": gettext_lazy("Признак"),
    "source_id": gettext_lazy("Источник, запись №"),
    "start": gettext_lazy("Начало"),
    "state": gettext_lazy("Состояние"),
    "statement_id": gettext_lazy("Выписка, запись №"),
    "subscriber_id": gettext_lazy("Абонент, запись №"),
    "subscribers": gettext_lazy("Абоненты, записи №"),
    "suspense_id": gettext_lazy("Невыясненный платёж, запись №"),
    "switch": gettext_lazy("Коммутатор"),
    "table_import_id": gettext_lazy("Таблица, запись №"),
    "taken": gettext_lazy("Прав отнято"),
    "threshold": gettext_lazy("Порог"),
    "total": gettext_lazy("Всего"),
    "transfer_id": gettext_lazy("Передача на коммутатор, запись №"),
    "until": gettext_lazy("До"),
    "user_id": gettext_lazy("Логин, запись №"),
    "valid_from": gettext_lazy("Действует с"),
    "version": gettext_lazy("Версия"),
    "view": gettext_lazy("Просмотр, запись №"),
    "what": gettext_lazy("Что"),
    "who": gettext_lazy("Кто"),
    "whole": gettext_lazy("Всего строк"),
}  # fmt: skip
_CODES = {"cause": BarCause, "how": ViewEnd, "kind": PlannedKind, "origin": NumberOrigin, "owner": LimitOwner,
          "sign": AlarmSign}  # fmt: skip
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def of(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and value of each detail that has a value, the changes left out; an unknown name is shown as it is."""
    shown = [
        (str(NAMES.get(name, name)), _words(name, value)) for name, value in details.items() if name != changes.KEY
    ]
    return [(name, value) for name, value in shown if value != "—"]


def _words(name: str, value: Any) -> str:
    codes = _CODES.get(name)
    if codes is not None and value in codes.values:
        return str(codes(value).label)
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return clock.show_date(date.fromisoformat(value))
        except ValueError:
            return value
    return changes.in_words(value)
