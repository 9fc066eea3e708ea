"""«Роли»: the matrix of the six roles, for all staff to read (4.10)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from desk.selectors import roles


def matrix(request: HttpRequest) -> HttpResponse:
    """What each role may do; the names of its people only for those who may see logins."""
    columns = roles.columns()
    context = {
        "title": _("Роли"),
        "columns": columns,
        "sections": roles.sections(column.terms for column in columns),
        "sees_people": request.user.has_perm("accounts.view_user"),
    }
    return render(request, "desk/roles.html", context)
