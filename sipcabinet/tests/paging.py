"""Goes from page to page of a list as a reader does: by the links on the page."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from django.test import Client


def neighbour(response: Any, rel: str) -> str:
    """The target of a page's link «next» or «prev», or an empty string if there is none."""
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*rel="{rel}"', response.content.decode())
    return response.request["PATH_INFO"] + unescape(found[1]) if found else ""


def pages_from(client: Client, address: str) -> Iterator[Any]:
    """The page at this URL and all pages after it."""
    while address:
        response = client.get(address)
        yield response
        address = neighbour(response, "next")
