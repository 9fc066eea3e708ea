"""The operator's requisites on a day (4.16). Documents ask each time: a few rows, by one query."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import F, Q

from operator_profile.models import Requisites, RequisitesDraft, RequisitesFields
from operator_profile.selectors import face as faces
from sipcabinet.lib import clock, validity

BEGINNING = date(2000, 1, 1)  # the first row's `valid_from`, before the first document of any operator
PRINTED = ("name", "unp", "address", "iban", "bank", "bic")


def on(day: date) -> RequisitesFields:
    """The requisites in force on a day; the environment's while no administrator has entered any."""
    return Requisites.objects.filter(validity.in_force(day)).first() or first()


def first() -> Requisites:
    """The environment's values as an unsaved row that is in force from BEGINNING."""
    return Requisites(**{name: settings.OPERATOR_REQUISITES.get(name, "") for name in PRINTED}, valid_from=BEGINNING)


def party(day: date) -> dict[str, Any]:
    """The operator's requisites for a document of this day. An issued document stores a copy, which never changes. The
    logo has no day: the document gets the logo in force now."""
    return party_of(on(day), faces.logo_id())


def party_of(row: RequisitesFields, logo: int | None = None) -> dict[str, Any]:
    """PRINTED, and where they are set `signatory`, `position`, `basis` and the ids `signature`, `stamp`, `logo` of
    pictures."""
    told: dict[str, Any] = {name: getattr(row, name) for name in PRINTED}
    signed = {
        "signatory": row.signatory,
        "position": row.position,
        "basis": row.basis,
        "signature": row.signature_id,
        "stamp": row.stamp_id,
        "logo": logo,
    }
    return told | {name: value for name, value in signed.items() if value}


def ibans(text: str) -> list[str]:
    """The accounts in a list with commas or spaces."""
    return text.replace(",", " ").split()


def ibans_in_force() -> list[str]:
    """The accounts that payments come to today; empty if none is set."""
    return ibans(on(clock.today()).iban)


def every_iban() -> list[str]:
    """All accounts that the operator has had, has or will have, today's last: a statement of any of them is ours."""
    today = ibans_in_force()
    rows = timeline() or [first()]
    others = dict.fromkeys(iban for row in rows if not row.is_withdrawn for iban in ibans(row.iban))
    return [iban for iban in others if iban not in today] + today


def timeline() -> list[Requisites]:
    """All rows, the newest first, withdrawn ones included."""
    return list(Requisites.objects.order_by("-valid_from", "-pk"))


def counting() -> Q:
    """Rows that are not withdrawn."""
    return Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))


def draft() -> RequisitesDraft | None:
    return RequisitesDraft.objects.first()
