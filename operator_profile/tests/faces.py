"""Faces and requisites for tests, put in force without the desk."""

from datetime import date
from typing import Any

from operator_profile.models import Face, Picture, Requisites
from operator_profile.selectors import face as faces
from operator_profile.selectors import requisites

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
    b'<rect width="64" height="64" rx="12" fill="#0f6b3c"/><path d="M18 40 32 18 46 40Z" fill="#fff"/></svg>'
)
LOOK: dict[str, Any] = {
    "name": "Заря Телеком",
    "mark": "ЗТ",
    "accent": "#0f6b3c",
    "support_phone": "+375172000000",
    "support_email": "help@zarya.example",
    "support_hours": "по будням с 9 до 18",
    "contract_url": "https://zarya.example/contract",
    "privacy_url": "https://zarya.example/privacy",
    "sign_in_claim": "Телефония «Зари»",
    "sign_in_points": "Счета: придут на почту\nЗвонки",
}
REQUISITES: dict[str, Any] = {
    "name": "ООО «Заря Телеком»",
    "unp": "100000007",
    "address": "220000, г. Минск, ул. Утренняя, 7",
    "iban": "BY86AKBB10100000002966000000",
    "bank": "ОАО «Банк Заря»",
    "bic": "AKBBBY2X",
}


def put_face(**values: Any) -> Face:
    """A new version in force in this process, with LOOK where nothing else is given."""
    face = Face.objects.create(**{**LOOK, **values}, put_by="Тест")
    faces.keep(face)
    return face


def picture(content: bytes = SVG, content_type: str = "image/svg+xml") -> Picture:
    given = {"content": content, "content_type": content_type, "width": 64, "height": 64}
    return Picture.objects.get_or_create(sha256=str(hash(content)), defaults=given)[0]


def put_requisites(valid_from: date, **values: Any) -> Requisites:
    """Requisites from a day on; the environment's hold before, unless there are others."""
    before = Requisites.objects.filter(valid_until=None).first() or requisites.first()
    before.valid_until = valid_from
    before.save(update_fields=["valid_until"] if before.pk else None)
    return Requisites.objects.create(**{**REQUISITES, **values}, valid_from=valid_from, added_by="Тест")
