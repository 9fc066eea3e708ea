"""Forms of the desk as a browser sends them: with their hidden fields, after the review with what it shows."""

import re
from typing import Any

from django.test import Client


def hidden(page: Any) -> dict[str, str]:
    """The hidden fields of a page's forms by name; of a name that is met twice, the last value."""
    found = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', page.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def filled(browser: Client, address: str, **told: str) -> Any:
    """The answer to a form that is filled in: a review, or the form with its errors."""
    return browser.post(address, {**hidden(browser.get(address)), **told})


def sent(browser: Client, address: str, **told: str) -> Any:
    """The answer to a review that is sent as it is shown."""
    review = filled(browser, address, **told)
    return browser.post(address, hidden(review), follow=True)


def booked(browser: Client, address: str, account: Any) -> Any:
    """The answer to the button that books a credit in suspense on an account, with the effect that the page shows."""
    page = browser.get(address, {"account": account.number}).content.decode()
    mark = re.search(rf'name="book" value="({account.pk}:\w+)"', page)
    assert mark is not None
    return browser.post(address, {"book": mark[1]}, follow=True)
