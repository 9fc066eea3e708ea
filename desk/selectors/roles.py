"""The matrix of roles: what each role may do with each kind of rows (4.10)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from desk import roles
from desk.models import Role

# Models without a table among Django's pages: their own pages ask for the same permissions.
OWN_PAGES = {"announcement", "writtenapplication", "staffnote", "staffrestriction", "callrecord", "face", "requisites"}
WORDS = {"view": _("видит"), "add": _("добавляет"), "change": _("меняет"), "delete": _("удаляет")}


@dataclass(frozen=True, slots=True)
class Column:
    """A role, and the names of the people who have it."""

    terms: roles.RoleTerms
    people: list[str]


@dataclass(frozen=True, slots=True)
class Line:
    """Rows of one model, or one special permission; `of_roles` has the words of each role after its name, empty where
    nothing is allowed."""

    title: str
    of_roles: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: list[Line]


def columns() -> list[Column]:
    """The roles in their order. Two queries."""
    people: dict[str, list[str]] = defaultdict(list)
    found = User.objects.filter(is_staff=True, is_active=True, groups__role__isnull=False)
    for code, name, phone in found.order_by("name").values_list("groups__role__code", "name", "phone"):
        people[code].append(name or phone)
    here = set(Role.objects.values_list("code", flat=True))
    return [Column(terms, people[terms.code]) for terms in roles.terms() if terms.code in here]


def sections(terms: Iterable[roles.RoleTerms]) -> list[Section]:
    """One section for each app. Makes no query."""
    each = list(terms)
    return [Section(str(apps.get_app_config(label).verbose_name), _lines(label, each)) for label in roles.APPS]


def _lines(label: str, each: list[roles.RoleTerms]) -> list[Line]:
    lines, special = [], []
    for model in sorted(apps.get_app_config(label).get_models(), key=lambda one: str(one._meta.verbose_name_plural)):
        opts = model._meta
        is_shown = admin.site.is_registered(model) or opts.model_name in OWN_PAGES
        names = {f"{label}.{get_permission_codename(action, opts)}": word for action, word in WORDS.items()}
        if is_shown:
            lines.append(Line(capfirst(str(opts.verbose_name_plural)), [_cell(one, names) for one in each]))
        for code, name in opts.permissions:
            words = {f"{label}.{code}": _("да")}
            special.append(Line(str(name), [_cell(one, words) for one in each]))
    return lines + special


def _cell(terms: roles.RoleTerms, names: Mapping[str, str | Promise]) -> tuple[str, str]:
    return str(terms.name), ", ".join(str(word) for name, word in names.items() if name in terms.permissions)
