"""Sources of calls at the desk: how a switch's records are fetched and read (4.4)."""

import json
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from sipcabinet.lib import changes, constraints
from subscribers.errors import SourceError
from subscribers.models import CallSource, SourceKind, SwitchFormat
from subscribers.selectors import sources

log = structlog.get_logger(__name__)
# Call ids are unique within a source and depend on how its records are read: the other fields never change.
CHANGED = ("zone", "account_code", "longest_seconds", "has_header", "columns", "rules")
FORMATS = {
    SourceKind.KAMAILIO: SwitchFormat.GENERIC,
    SourceKind.ASTERISK: SwitchFormat.ASTERISK,
    SourceKind.HTTP: SwitchFormat.FREESWITCH_JSON,
}


def save(*, source: CallSource, by: Actor) -> CallSource:
    """Adds a source, or changes how the records of an existing one are read; used by the next import. Audited.

    Locks the row. Raises SourceError for a wrong zone, wrong columns or rules, and for a name that is taken.
    """
    sources.reading(source)
    with transaction.atomic():
        if not source.pk:
            with constraints.refused(_taken, "subscribers_callsource_name_key"):
                source.save()
            _record(source, "added", {}, by)
            return source
        known = CallSource.objects.select_for_update().get(pk=source.pk)
        changed: dict[str, Any] = {}
        for name in CHANGED:
            label = getattr(CallSource._meta.get_field(name), "verbose_name", name)
            changed |= changes.of(name, label, _shown(getattr(known, name)), _shown(getattr(source, name)))
            setattr(known, name, getattr(source, name))
        if changed:
            known.save(update_fields=CHANGED)
            _record(known, "changed", changed, by)
    return known


def _taken() -> SourceError:
    return SourceError(_("Источник с таким именем уже есть"), code="source.taken")


def _shown(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _record(source: CallSource, what: str, changed: dict[str, Any], by: Actor) -> None:
    told = {"added": _("Добавлен источник звонков %(source)s"), "changed": _("Изменён источник звонков %(source)s")}
    audit.record(
        action=f"callsource.{what}",
        user=by.user,
        address=by.address,
        summary=told[what] % {"source": source.name},
        details={"source_id": source.pk} | ({changes.KEY: changed} if changed else {}),
    )
    log.info("source.saved", source_id=source.pk, what=what)
