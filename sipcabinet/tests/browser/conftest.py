"""One running portal and one browser for all journeys."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sipcabinet.tests.browser import chromium
from sipcabinet.tests.browser.portal import Portal, running_portal


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder: Path = tmp_path_factory.mktemp("portal")
    # A broker of its own within the server: its worker must not take the hints of the tests that run beside.
    redis = os.environ["REDIS_URL"].removesuffix("/0") + "/1"
    with running_portal(folder, redis=redis) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.browser() as launched:
        yield launched
