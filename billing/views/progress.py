"""How the pages show an order's progress to its customer (2.5)."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from billing import kinds
from billing.selectors.orders import OrderView, Stage
from notifications.models import Letter
from notifications.selectors.letters import delivery_of
from sipcabinet.lib import clock

SYMBOLS = {
    Stage.ACCEPTED: "ok",
    Stage.MAKING: "clock",
    Stage.SENDING: "send",
    Stage.DELIVERED: "ok",
    Stage.UNDELIVERED: "warn",
    Stage.FAILED: "err",
}
PANELS = {
    Stage.ACCEPTED: "",
    Stage.MAKING: "info",
    Stage.SENDING: "info",
    Stage.DELIVERED: "",
    Stage.UNDELIVERED: "err",
    Stage.FAILED: "err",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A line of «Ход выполнения»; `at` is None for a coming event, or for one without a moment."""

    symbol: str
    title: str
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the pages show about an order; `delivery` is the short text for the list."""

    order: OrderView

    @property
    def panel(self) -> str:
        return PANELS[self.order.stage]

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.order.stage]

    @property
    def heading(self) -> str:
        return _heading(self.order.stage)

    @property
    def next(self) -> str:
        return _next(self.order)

    @property
    def delivery(self) -> str:
        return _delivery(self.order)

    @property
    def events(self) -> list[Event]:
        return _events(self.order)


def _heading(stage: Stage) -> str:
    return {
        Stage.ACCEPTED: _("Заказ принят"),
        Stage.MAKING: _("Документ формируется"),
        Stage.SENDING: _("Документ отправляется"),
        Stage.DELIVERED: _("Документ доставлен"),
        Stage.UNDELIVERED: _("Письмо не доставлено"),
        Stage.FAILED: _("Документ не сформирован"),
    }[stage]


def _next(order: OrderView) -> str:
    words = {
        Stage.ACCEPTED: kinds.of(order.order).accepted_text(),
        Stage.MAKING: _("Документ формируется сейчас. Письмо уйдёт на %(recipient)s, как только файл будет готов."),
        Stage.SENDING: _("Файл готов, письмо на %(recipient)s ждёт отправки. Скачать документ можно уже сейчас."),
        Stage.DELIVERED: _(
            "Почтовый сервер получателя принял письмо на %(recipient)s. Если его нет во входящих, проверьте папку "
            "«Спам», отправьте письмо ещё раз или скачайте файл."
        ),
        Stage.UNDELIVERED: _(
            "Почтовый сервер не принял письмо на %(recipient)s. Скачайте файл или отправьте письмо ещё раз. Изменить "
            "адрес можно по заявлению в службу поддержки."
        ),
        Stage.FAILED: _(
            "Сформировать документ не удалось. Мы уже знаем об этом и разбираемся; повторять заказ не нужно. "
            "Вопросы — в службу поддержки, назовите номер заказа."
        ),
    }
    return words[order.stage] % {"due": clock.show_moment(order.due_at), "recipient": order.recipient}


def _delivery(order: OrderView) -> str:
    if order.letter is not None:
        return delivery_of(order.letter).label
    if order.stage == Stage.ACCEPTED:
        return _("ожидается %(due)s") % {"due": clock.show_moment(order.due_at)}
    return _("формируется") if order.stage == Stage.MAKING else _("письма не было")


def _events(order: OrderView) -> list[Event]:
    return [_accepted(order), _made(order), *map(_sent, order.letters)]


def _accepted(order: OrderView) -> Event:
    who = order.order.ordered_by
    note = _("Заказал пользователь %(who)s") % {"who": who.get_full_name()} if who else _("Заказан автоматически")
    return Event("orders", _("Заказ принят"), order.created_at, note)


def _made(order: OrderView) -> Event:
    if order.document is not None:
        return Event("docs", _("Документ сформирован"), order.document.made_at, order.document.file_name)
    if order.stage == Stage.FAILED:
        return Event("err", _("Документ не сформирован"), order.order.finished_at)
    if order.stage == Stage.MAKING:
        return Event("clock", _("Документ формируется"))
    return Event("clock", _("Документ будет сформирован"), order.due_at)


def _sent(letter: Letter) -> Event:
    title = _("Письмо на %(recipient)s") % {"recipient": letter.recipient}
    return Event("mail", title, letter.sent_at or letter.created_at, delivery_of(letter).label)
