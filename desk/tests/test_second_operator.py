"""A second operator's look on a page, a letter and a PDF; documents that are issued keep what they showed (4.16)."""

import io
from collections.abc import Callable
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from PIL import Image
from pypdf import PdfReader

from accounts.models import Account, User
from billing.models import Invoice
from billing.reports import invoice_documents, reconciliation
from billing.selectors import reconciliation as reconciliations
from billing.services import corrections
from billing.tests.issued import account_with_trunk, issued
from billing.tests.money import invoice_of
from notifications.services import letters, messages
from operator_profile import colours
from operator_profile.tests.faces import REQUISITES, picture, put_face, put_requisites
from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from sipcabinet.tests.page_text import text
from subscribers.models import Charge
from subscribers.tests.factories import TrunkFactory

pytestmark = pytest.mark.django_db
SIGNED = {"signatory": "Заря И. И.", "position": "Директор", "basis": "Устава"}


@pytest.fixture(autouse=True)
def _now(today: Any) -> None:
    """22.11.2026."""


def paper(document: bytes) -> str:
    pages = PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u00a0", " ").split())


def pictures_of(document: bytes) -> int:
    return sum(len(page.images) for page in PdfReader(io.BytesIO(document)).pages)


def figures_of(document: bytes) -> list[str]:
    """The texts that a screen reader says for the pictures of a PDF."""
    found: list[str] = []

    def look(node: Any) -> None:
        node = getattr(node, "get_object", lambda: node)()
        if isinstance(node, list):
            for one in node:
                look(one)
        elif isinstance(node, dict):
            found.extend([str(node["/Alt"])] if node.get("/S") == "/Figure" else [])
            look(node.get("/K"))

    tree: Any = PdfReader(io.BytesIO(document)).trailer["/Root"]
    look(tree["/StructTreeRoot"])
    return found


def invoice_paper(invoice: Any) -> bytes:
    file = io.BytesIO()
    invoice_documents.write_invoice(file, invoice)
    return file.getvalue()


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (300, 120), "#1450b8").save(file, "PNG")
    return file.getvalue()


def test_a_page_of_a_customer(owner: User, client_of: Callable[[Any], Client]) -> None:
    face = put_face(logo=picture())
    page = text(client_of(owner).get("/help/"))
    assert "— Заря Телеком </title>" in page
    assert f'<img src="/face/{face.pk}/logo/" alt=""' in page
    assert "help@zarya.example" in page
    assert 'href="https://zarya.example/contract"' in page


def test_a_letter_with_its_sender(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEFAULT_FROM_EMAIL", "Личный кабинет SIP <cabinet@operator.example>")
    put_face()
    letter = letters.write(
        kind="delivery_changed",
        recipient="buh@customer.example",
        context={"account": account, "before": "Сам", "after": "E-mail", "at": clock.now(), "url": "https://x.example"},
        account_id=account.pk,
    )
    assert "Заря Телеком · Личный кабинет SIP" in letter.body_html
    assert "#0f6b3c" in letter.body_html
    assert "#1450b8" not in letter.body_html
    for body in (letter.body_html, letter.body_text):
        assert "+375 17 200-00-00" in body
        assert "help@zarya.example" in body
    envelope = messages.envelope(letter)
    assert envelope.sender == "cabinet@operator.example"
    wire = message_from_bytes(envelope.content, policy=policy.default)
    assert wire["From"].addresses[0].display_name == "Заря Телеком"
    assert wire["From"].addresses[0].addr_spec == "cabinet@operator.example"


@pytest.mark.parametrize("path", sorted((Path(settings.BASE_DIR) / "templates/letters").rglob("*.html")), ids=str)
def test_no_letter_has_a_colour_of_its_own(path: Path) -> None:
    """A button takes the operator's colour only if the letter passes the face on."""
    found = path.read_text(encoding="utf-8")
    assert colours.STANDARD not in found
    assert found.count('letters/link.html" with') == found.count('letters/link.html" with face=face ')


def test_the_application_for_codes_names_the_operator(owner: User) -> None:
    put_face(name="Заря: связь")
    device = TOTPDevice(user=owner, key="ab" * 20)
    assert "issuer=%D0%97%D0%B0%D1%80%D1%8F" in device.config_url


def test_security_txt_names_the_support(client: Client) -> None:
    put_face()
    assert "Contact: mailto:help@zarya.example" in client.get("/.well-known/security.txt").content.decode()


def test_yesterdays_invoice_keeps_its_own_requisites_and_todays_has_the_new_ones(at: Callable[[str], Any]) -> None:
    at("2026-11-30 12:00")
    first, second = account_with_trunk(), account_with_trunk()
    yesterday, today = date(2026, 11, 30), date(2026, 12, 1)
    old = issued(first, issued_on=yesterday)
    before = invoice_paper(old)
    shown = picture(png(), "image/png")
    put_requisites(today, **SIGNED, signature=shown, stamp=shown)
    at("2026-12-01 00:01")
    new = invoice_paper(issued(second, issued_on=today))
    assert invoice_paper(Invoice.objects.get(pk=old.pk)) == before
    assert "Заря" not in paper(before)
    for part in ("ООО «Заря Телеком»", REQUISITES["iban"], "Директор Заря И. И.", "на основании Устава"):
        assert part in paper(new), part
    assert (pictures_of(before), pictures_of(new)) == (0, 2)
    for act in (Invoice.objects.get(pk=old.pk), Invoice.objects.get(account=second)):
        file = io.BytesIO()
        invoice_documents.write_act(file, act)
        assert ("Заря" in paper(file.getvalue())) == (act.account_id == second.pk)


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/png"])
def test_the_logo_stands_on_papers_of_its_time_and_changes_no_sum(at: Callable[[str], Any], kind: str) -> None:
    at("2026-11-30 12:00")
    first, second = account_with_trunk(), account_with_trunk()
    old = issued(first, issued_on=date(2026, 11, 30))
    before = invoice_paper(old)
    at("2026-12-01 09:00")
    put_face(logo=picture(png(), kind) if kind == "image/png" else picture())
    new = issued(second, issued_on=date(2026, 12, 1))
    made = invoice_paper(new)
    put_face(logo=None)  # a later face changes no issued document
    assert invoice_paper(Invoice.objects.get(pk=old.pk)) == before
    assert invoice_paper(Invoice.objects.get(pk=new.pk)) == made
    bare = Invoice.objects.get(pk=new.pk)
    bare.parties["supplier"].pop("logo")
    assert paper(made) == paper(invoice_paper(bare))
    assert len(made) > len(invoice_paper(bare))
    assert figures_of(made) == [f"Логотип {new.parties['supplier']['name']}"]
    assert figures_of(before) == []
    act = io.BytesIO()
    invoice_documents.write_act(act, Invoice.objects.get(pk=new.pk))
    assert figures_of(act.getvalue()) == figures_of(made)


def test_an_act_of_reconciliation_has_the_logo_in_force(account: Account) -> None:
    found = reconciliations.of(account, date(2026, 10, 1), date(2026, 10, 31))
    bare = reconciliation.document(account, found)
    put_face(logo=picture())
    made = reconciliation.document(account, found)
    assert (figures_of(bare), len(figures_of(made))) == ([], 1)
    assert paper(bare) == paper(made)


def test_a_correction_shows_its_own_day_also_later(account: Account, at: Callable[[str], Any]) -> None:
    invoice = invoice_of(account, Month(2026, 10), subscriber=TrunkFactory.create(account=account))
    charge = Charge.objects.get()
    first = corrections.issue(invoice=invoice, changes=[(charge, charge.net + 1)], reason="Первая")
    shown = picture(png(), "image/png")
    put_requisites(date(2026, 11, 22), **SIGNED, signature=shown, stamp=shown)
    second = corrections.issue(invoice=invoice, changes=[(charge, charge.net + 2)], reason="Вторая")
    at("2026-12-15 10:00")
    put_requisites(date(2026, 12, 10), name="ООО «Третий»")
    assert "Заря" not in paper(invoice_documents.correction(first))
    made = invoice_documents.correction(second)
    told = paper(made)
    for part in ("ООО «Заря Телеком»", "Директор Заря И. И.", "действует на основании Устава"):
        assert part in told, part
    assert "Третий" not in told
    assert pictures_of(made) == 2
    assert invoice_documents.correction(second) == made


def test_an_older_correction_shows_the_requisites_of_its_invoice(account: Account) -> None:
    invoice = invoice_of(account, Month(2026, 10), subscriber=TrunkFactory.create(account=account))
    charge = Charge.objects.get()
    made = corrections.issue(invoice=invoice, changes=[(charge, charge.net + 1)], reason="Первая")
    made.supplier = None
    put_requisites(date(2026, 11, 1))
    assert invoice.parties["supplier"]["name"] in paper(invoice_documents.correction(made))


def test_an_act_of_reconciliation_is_of_the_day_it_is_made(account: Account, at: Callable[[str], Any]) -> None:
    put_requisites(date(2026, 12, 1), **SIGNED)
    at("2026-11-30 23:59")
    found = reconciliations.of(account, date(2026, 10, 1), date(2026, 10, 31))
    assert "Заря" not in paper(reconciliation.document(account, found))
    at("2026-12-01 00:00")
    told = paper(reconciliation.document(account, found))
    assert "ООО «Заря Телеком»" in told
    assert "составлен 01.12.2026" in told


def test_the_preview_of_an_invoice_and_a_letter_shows_the_drafts(
    staff: User, client_of: Callable[[Any], Client]
) -> None:
    desk = client_of(staff)
    values = {**REQUISITES, **SIGNED, "valid_from": "2026-12-01", "signature_file": io.BytesIO(png())}
    values["signature_file"].name = "s.png"
    desk.post(reverse("admin:desk_requisites_edit"), values)
    answer = desk.get(reverse("admin:desk_face_preview", args=["invoice"]))
    assert answer.headers["Content-Type"] == "application/pdf"
    told = paper(answer.content)
    for part in ("ОБРАЗЕЦ", "ООО «Заря Телеком»", "Директор Заря И. И."):
        assert part in told, part
    assert pictures_of(answer.content) == 1
    letter = desk.get(reverse("admin:desk_face_preview", args=["letter"]))
    assert "sandbox" in letter.headers["Content-Security-Policy"]
    assert "script-src" not in letter.headers["Content-Security-Policy"]
    assert "Выставлен счёт" in letter.content.decode()
