"""«Вид кабинета»: a draft is seen by its administrator alone until it is put in force; then by everybody (4.16)."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import AuditEvent, User
from accounts.tests.factories import StaffFactory
from operator_profile.models import Face, FaceDraft, Picture
from operator_profile.selectors import face as faces
from operator_profile.tests.faces import LOOK, SVG
from sipcabinet.tests.page_text import text, words

pytestmark = pytest.mark.django_db
VALUES = {**LOOK, "sign_in_points": "Счета: придут на почту"}
PAGES = [
    "desk_face", "desk_face_edit", "desk_face_put", "desk_face_stylesheet", "desk_requisites_edit",
    "desk_requisites_put",
]  # fmt: skip
ACTS = ["desk_face_edit", "desk_face_put", "desk_face_discard", "desk_requisites_edit", "desk_requisites_discard"]


@pytest.fixture
def desk(client_of: Callable[[Any], Client]) -> Client:
    """An administrator with the two rights of these pages alone."""
    administrator = StaffFactory.create(is_superuser=False, name="Инна Админ")
    for codename in ("change_face", "change_requisites"):
        administrator.user_permissions.add(Permission.objects.get(codename=codename))
    return client_of(administrator)


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def save(desk: Client, **values: Any) -> Any:
    return desk.post(url("desk_face_edit"), {**VALUES, **values}, follow=True)


def put(desk: Client, **values: Any) -> Any:
    """Puts the draft in force, as the button of the page does."""
    draft = faces.draft()
    answer = desk.post(url("desk_face_put"), {"revision": draft.revision if draft else 0, **values}, follow=True)
    faces.forget()  # at once, as after a commit
    return answer


def logo(content: bytes = SVG, name: str = "logo.svg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/svg+xml")


def test_a_draft_is_seen_in_previews_and_by_nobody_else(desk: Client, client: Client) -> None:
    page = save(desk, logo_file=logo())
    assert "Что меняется" in words(page)
    for preview in ("sign-in", "cabinet"):
        shown = text(desk.get(url("desk_face_preview", preview)))
        assert "Заря Телеком" in shown
        assert "Предпросмотр черновика" in shown
        assert "/admin/face/draft.css?v=1" in shown
        assert f"/admin/face/pictures/{Picture.objects.get().pk}/" in shown
    assert "--primary:#0f6b3c" in desk.get(url("desk_face_stylesheet")).content.decode()
    public = client.get("/sign-in/").content.decode()
    assert "Заря" not in public
    assert "face.css" not in public
    assert "Заря" not in client.get("/face.css").content.decode()
    assert not Face.objects.exists()


def test_in_force_it_is_seen_by_everybody_and_written_down(desk: Client, client: Client) -> None:
    save(desk, logo_file=logo())
    page = put(desk)
    face = Face.objects.get()
    assert f"версия {face.pk}" in words(page)
    assert face.put_by == "Инна Админ"
    assert not FaceDraft.objects.exists()
    shown = text(client.get("/sign-in/"))
    assert "Заря Телеком" in shown
    assert f"/face.css?v={face.pk}" in shown
    assert client.get(f"/face/{face.pk}/logo/").status_code == 200
    event = AuditEvent.objects.get(action="face.put_in_force")
    assert event.user is not None
    assert event.user.name == "Инна Админ"
    assert event.address == "127.0.0.1"
    assert event.details["changes"]["name"] == ["Оператор SIP", "Заря Телеком"]
    assert event.details["changes"]["accent"] == ["", "#0f6b3c"]
    assert "Название оператора" in event.summary


def test_what_was_not_previewed_does_not_come_into_force(desk: Client) -> None:
    save(desk)
    seen = FaceDraft.objects.get().revision
    save(desk, name="Другое имя")
    assert "Черновик изменился" in words(put(desk, revision=seen))
    assert not Face.objects.exists()
    for wrong in ("", "x", "-1", "9" * 30):
        assert "Черновик изменился" in words(put(desk, revision=wrong))
    assert not Face.objects.exists()


def test_twice_pressed_it_is_one_version(desk: Client) -> None:
    save(desk)
    revision = FaceDraft.objects.get().revision
    put(desk)
    assert "Черновика нет" in words(put(desk, revision=revision))
    assert Face.objects.count() == 1


def test_an_earlier_version_is_put_back_as_a_new_one(desk: Client, client: Client) -> None:
    save(desk)
    put(desk)
    first = Face.objects.get()
    save(desk, name="Закат", accent="")
    put(desk)
    assert "Закат" in text(client.get("/sign-in/"))
    page = desk.post(url("desk_face_take", first.pk), follow=True)
    assert "Закат" in words(page)
    assert "Закат" in text(client.get("/sign-in/"))
    assert f"возвращена версия {first.pk}" in words(put(desk))
    assert "Заря Телеком" in text(client.get("/sign-in/"))
    assert list(Face.objects.order_by("pk").values_list("name", "restored_from")) == [
        ("Заря Телеком", None), ("Закат", None), ("Заря Телеком", first.pk),
    ]  # fmt: skip


def test_a_draft_that_changes_nothing_is_refused(desk: Client) -> None:
    save(desk)
    put(desk)
    save(desk)
    assert "ничем не отличается" in words(put(desk))
    assert Face.objects.count() == 1


def test_a_draft_can_be_discarded(desk: Client) -> None:
    save(desk)
    assert "Черновик удалён" in words(desk.post(url("desk_face_discard"), follow=True))
    assert not FaceDraft.objects.exists()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"accent": "#ffff00"}, "Ближайший цвет: #"),
        ({"accent": "#8db6ff"}, "нужно не меньше 4,5 : 1"),
        ({"accent_dark": "#101010"}, "В тёмной теме контраст"),
        ({"accent": "red"}, "решётка и шесть цифр"),
        ({"accent": "#12345g"}, "решётка и шесть цифр"),
        ({"support_phone": "позвоните"}, "Введите номер телефона"),
        ({"support_email": "почта"}, "электронной почты"),
        ({"contract_url": "javascript:alert(1)"}, "URL"),
        ({"privacy_url": "data:text/html,x"}, "URL"),
        ({"sign_in_points": "а\nб\nв\nг\nд"}, "Строк больше четырёх"),
        ({"name": ""}, "Обязательное поле"),
        ({"mark": "Длинный"}, "не более 4"),
    ],
)
def test_bad_values_are_refused_beside_their_field(desk: Client, values: dict[str, str], told: str) -> None:
    page = desk.post(url("desk_face_edit"), {**VALUES, **values, "sign_in_lead": "То, что напечатано"})
    assert told in words(page)
    assert 'aria-invalid="true"' in text(page)
    assert "То, что напечатано" in text(page)
    assert not FaceDraft.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><script>1</script></svg>', "скрипт"),
        (b'<!DOCTYPE s [<!ENTITY a "b">]><svg viewBox="0 0 64 64">&a;</svg>', "DOCTYPE"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20000 20000"/>', "20000 × 20000"),
        (b"MZ\x90\x00", "Это не PNG и не SVG"),
        (bytes(300_000), "больше 200 КБ"),
    ],
)
def test_a_hostile_logo_is_refused_beside_its_field(desk: Client, content: bytes, told: str) -> None:
    page = desk.post(url("desk_face_edit"), {**VALUES, "logo_file": logo(content, "../../etc/logo.svg")})
    assert told in words(page)
    assert "id_logo_file_error" in text(page)
    assert not Picture.objects.exists()
    assert not FaceDraft.objects.exists()


def test_a_png_logo_is_taken_whatever_its_name_says(desk: Client) -> None:
    file = io.BytesIO()
    Image.new("RGB", (120, 60), "#0f6b3c").save(file, "PNG")
    save(desk, logo_file=logo(file.getvalue(), "logo.exe"))
    assert Picture.objects.get().content_type == "image/png"
    save(desk, drop_logo="on")
    assert FaceDraft.objects.get().logo_id is None


def test_a_name_cannot_begin_another_line(desk: Client) -> None:
    save(desk, name="Заря\r\nBcc: all@example.com")
    assert FaceDraft.objects.get().name == "Заря Bcc: all@example.com"


@pytest.mark.parametrize("role", ["nobody", "owner", "clerk", "viewer"])
def test_the_wrong_role_sees_and_changes_nothing(role: str, owner: User, desk: Client, client_of: Any) -> None:
    save(desk)
    clerk = StaffFactory.create(is_superuser=False)
    if role == "viewer":
        rights = Permission.objects.filter(
            codename__in=["view_face", "view_requisites", "view_letter", "change_letter"]
        )
        clerk.user_permissions.set(rights)
    browser = Client() if role == "nobody" else client_of(owner if role == "owner" else clerk)
    before = AuditEvent.objects.count()
    pages = [url(name) for name in PAGES] + [url("desk_face_preview", "invoice"), url("desk_face_picture", 1)]
    refused = 403 if role in {"clerk", "viewer"} else 302
    for page in pages:
        assert browser.get(page).status_code == refused, page
    for page in [url(name) for name in ACTS] + [url("desk_face_take", 1), url("desk_requisites_withdraw", 1)]:
        assert browser.post(page, {**VALUES, "revision": 1}).status_code == refused, page
    assert not Face.objects.exists()
    assert FaceDraft.objects.get().revision == 1
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("name", ["desk_face_discard", "desk_requisites_discard"])
def test_what_acts_takes_no_get(desk: Client, name: str) -> None:
    save(desk)
    assert desk.get(url(name)).status_code == 405
    assert desk.get(url("desk_face_take", 1)).status_code == 405
    assert FaceDraft.objects.exists()


def test_previews_take_no_post_and_no_other_name(desk: Client) -> None:
    assert desk.post(url("desk_face_preview", "sign-in")).status_code == 405
    assert desk.get(url("desk_face_preview", "other")).status_code == 404
    assert desk.get(url("desk_face_picture", 999)).status_code == 404
