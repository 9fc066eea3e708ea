"""Django's own tables at the desk, each with a row: its pages, for tests that read all of them."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib import admin
from django.test import override_settings
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from accounts.models import Account
from accounts.tests.factories import UserFactory
from sipcabinet.tests.desk.conftest import NOW, STORAGE, with_everything
from sipcabinet.tests.kept import kept_rows

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture(scope="module")
def everything(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Account]:
    """Created once for the module, whose tests only read; writes of a test are undone."""
    files = {"BACKEND": STORAGE, "OPTIONS": {"location": tmp_path_factory.mktemp("files")}}
    with kept_rows(django_db_blocker):
        with time_machine.travel(NOW, tick=False), override_settings(STORAGES=settings.STORAGES | {"default": files}):
            account = with_everything(UserFactory.create())
        yield account


def url(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def pages(model: Any) -> list[str]:
    """The list of a model, its «add» page, and the page of a row."""
    first = model._default_manager.order_by("pk").first()
    return [url(model, "changelist"), url(model, "add"), *([url(model, "change", first.pk)] if first else [])]
