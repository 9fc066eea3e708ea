"""Pages of the operator's face and requisites: for administrators (4.16)."""

from typing import cast

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from desk.views import face, face_preview, requisites
from sipcabinet.lib import staff

CHANGE_FACE = "operator_profile.change_face"
CHANGE_REQUISITES = "operator_profile.change_requisites"
SITE = cast("staff.Desk", admin.site)
_NAME = _("Вид кабинета и реквизиты")

for page in (
    staff.Page("", "desk_face", "face/", _NAME, CHANGE_FACE, face.index),
    staff.Page("", "desk_face_edit", "face/edit/", _NAME, CHANGE_FACE, face.edit),
    staff.Page("", "desk_face_put", "face/put/", _NAME, CHANGE_FACE, face.put),
    staff.Page("", "desk_face_discard", "face/discard/", _NAME, CHANGE_FACE, face.discard),
    staff.Page("", "desk_face_take", "face/versions/<int:pk>/take/", _NAME, CHANGE_FACE, face.take),
    staff.Page("", "desk_face_preview", "face/preview/<slug:what>/", _NAME, CHANGE_FACE, face_preview.preview),
    staff.Page("", "desk_face_stylesheet", "face/draft.css", _NAME, CHANGE_FACE, face_preview.stylesheet),
    staff.Page("", "desk_face_picture", "face/pictures/<int:pk>/", _NAME, CHANGE_FACE, face_preview.picture),
    staff.Page("", "desk_requisites_edit", "face/requisites/edit/", _NAME, CHANGE_REQUISITES, requisites.edit),
    staff.Page("", "desk_requisites_put", "face/requisites/put/", _NAME, CHANGE_REQUISITES, requisites.put),
    staff.Page("", "desk_requisites_discard", "face/requisites/discard/", _NAME, CHANGE_REQUISITES, requisites.discard),
    staff.Page(
        "",
        "desk_requisites_withdraw",
        "face/requisites/<int:pk>/withdraw/",
        _NAME,
        CHANGE_REQUISITES,
        requisites.withdraw,
    ),
):
    SITE.add_page(page)
