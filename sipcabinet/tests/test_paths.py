"""A URL with a value that cannot be a document's number gives 404."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User

PAGES = [
    "/orders/{}/", "/orders/{}/status/", "/orders/{}/file/", "/invoices/{}/", "/invoices/{}/lines/fee/1/",
    "/guarantees/{}/", "/documents/corrections/{}/", "/documents/invoice-by-link/{}/", "/d/{}/", "/d/invoice/{}/",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("number", ["%0a", "9" * 200, "%D0%97-2026-999999"])
def test_nothing_is_found_there(owner: User, client_of: Callable[[User], Client], page: str, number: str) -> None:
    client = client_of(owner)
    client.raise_request_exception = False
    status = client.get(page.format(number)).status_code
    assert status in {404, 410} if page.startswith("/d/") else status == 404
