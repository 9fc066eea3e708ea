"""«Детализация на E-mail» (2.3.4)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from billing.kinds import facts
from billing.kinds.facts import Fact
from billing.models import CallDetailTerms, DocumentOrder
from billing.selectors import call_detail


def terms(order: DocumentOrder) -> CallDetailTerms:
    return CallDetailTerms.of(order.params)


def told(order: DocumentOrder) -> dict[str, Any]:
    return {}


def ordered(order: DocumentOrder) -> list[Fact]:
    asked = terms(order)
    return [
        facts.document(_("Детализация на E-mail")),
        Fact(_("Период"), asked.month.label),
        Fact(_("Тип"), str(asked.direction.label)),
        facts.numbers(_("Абоненты"), call_detail.ordered_trunks(order.account, asked.trunk_ids)),
    ]


def accepted_text() -> str:
    return _(
        "Детализация будет сформирована %(due)s и сразу отправлена на %(recipient)s: файл XLSX во вложении и "
        "ссылка для скачивания. В неё войдут все звонки, известные к этому времени. Ждать на этой странице "
        "не нужно."
    )


def steps() -> Sequence[str]:
    return [_("Период и тип"), _("Абоненты"), _("Готово")]


def again() -> tuple[str, str]:
    return _("Заказать ещё одну детализацию"), "billing:call_detail"
