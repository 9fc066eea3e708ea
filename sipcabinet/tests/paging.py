"""Going from page to page of a list as a reader does: by the links on the page."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from django.test import Client


def neighbour(response: Any, rel: str) -> str:
    """Where the link «next» or «prev» of a page leads, or an empty string where there is none."""
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*rel="{rel}"', response.content.decode())
    return response.request["PATH_INFO"] + unescape(found[1]) if found else ""


def pages_from(client: Client, address: str) -> Iterator[Any]:
    """The page there and all after it."""
    while address:
        response = client.get(address)
        yield response
        address = neighbour(response, "next")
