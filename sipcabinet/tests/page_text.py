"""What a page says, for tests that look for words in it."""

import re
from typing import Any


def source(response: Any) -> str:
    """The page as it was sent."""
    return str(response.content.decode())


def text(response: Any, status: int = 200) -> str:
    """The page on one line with plain spaces, tags included. The answer must have the status."""
    assert response.status_code == status
    return " ".join(source(response).replace("\u00a0", " ").split())


def words(response: Any) -> str:
    """What a person reads of the page, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", source(response)).split())
