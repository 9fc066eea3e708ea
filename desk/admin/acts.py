"""«Акты сверки» of a quarter: seen, sent and confirmed each with a right of its own."""

from typing import Any, cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import acts
from sipcabinet.lib import staff


def _add(name: str, path: str, title: Any, permission: str, view: Any) -> None:
    app = "billing" if name == "desk_acts" else ""
    cast("staff.Desk", admin.site).add_page(staff.Page(app, name, f"acts/{path}", title, permission, view))


_add("desk_acts", "", _("Акты сверки за кварталы"), acts.VIEW, acts.index)
_add("desk_acts_send", "send/", _("Отправить акты сверки"), acts.SEND, acts.send)
_add("desk_acts_retry", "retry/", _("Продолжить отправку"), acts.SEND, acts.retry)
_add("desk_act_confirm", "<int:pk>/confirm/", _("Подтвердить акт сверки"), acts.CONFIRM, acts.confirm)
_add("desk_act_file", "<int:pk>/file/", _("Акт сверки"), acts.VIEW, acts.file)
