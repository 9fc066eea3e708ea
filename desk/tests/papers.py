"""Written applications and scans for the tests of the desk."""

from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.actor import Actor
from accounts.models import Account, User, WrittenApplication
from accounts.services import applications
from accounts.tests.factories import StaffFactory
from sipcabinet.lib import clock, scans

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def picture(kind: str, size: tuple[int, int] = (40, 60)) -> bytes:
    """A white picture of this format (`PNG`, `JPEG`)."""
    stream = BytesIO()
    Image.new("L", size, 255).save(stream, kind)
    return stream.getvalue()


def upload(content: bytes = PDF, name: str = "scan.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def paper(account: Account, staff: User, kind: str = "other", **fields: Any) -> WrittenApplication:
    """A paper of this account in the register, received now."""
    scan = scans.checked(BytesIO(PDF), name="scan.pdf", size=len(PDF))
    told: dict[str, Any] = {"number": "41", "written_on": clock.today(), "received_at": clock.now()} | fields
    return applications.register(account=account, kind=kind, scan=scan, by=Actor(staff), **told)


def clerk(*permissions: str) -> User:
    """A person of the staff with these permissions alone (`app.code`)."""
    user = StaffFactory.create(is_superuser=False)
    for name in permissions:
        app, code = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
    return User.objects.get(pk=user.pk)


def stored_in(settings: Any, folder: Path) -> None:
    """Lets the test store its files in this folder."""
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
