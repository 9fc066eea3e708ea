"""The text of a page, for tests that look for words in it."""

import re
from typing import Any


def source(response: Any) -> str:
    """The HTML of the page as it was sent."""
    return str(response.content.decode())


def text(response: Any, status: int = 200) -> str:
    """The HTML of the page on one line with plain spaces. The answer must have the status."""
    assert response.status_code == status
    return " ".join(source(response).replace("\u00a0", " ").split())


def words(response: Any) -> str:
    """The text of the page without tags, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", source(response)).split())
