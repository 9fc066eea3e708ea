"""A visitor without a browser, who signs in by forms and keeps cookies: for benches and tests of real servers."""

import re
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class PlainVisitor:
    def __init__(self, url: str) -> None:
        self.url = url
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))

    @property
    def cookie(self) -> str:
        """The `Cookie` header for the visitor's next request."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    def status(self, path: str, seconds: float = 30) -> int:
        """The status of the page's answer; 0 for no answer."""
        try:
            with self._opener.open(self.url + path, timeout=seconds) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def landed(self, path: str) -> str:
        """The address of the page that the portal shows for this path."""
        with self._opener.open(self.url + path, timeout=30) as answer:
            return str(answer.url)

    def sign_in(self, phone: str, password: str) -> None:
        """Signs in; raises AssertionError if the portal refuses."""
        landed = self._send("/sign-in/", {"category": "mobile", "phone": phone, "password": password})
        assert not landed.endswith("/sign-in/"), landed

    def give_code(self, code: str) -> None:
        """Gives the second factor, which the portal asks for after the password."""
        landed = self._send("/sign-in/code/", {"code": code})
        assert "/sign-in/" not in landed, landed

    def _send(self, path: str, fields: dict[str, str]) -> str:
        with self._opener.open(self.url + path, timeout=60) as page:
            found = _TOKEN.search(page.read().decode())
        assert found is not None, path
        data = urlencode({"csrfmiddlewaretoken": found.group(1), **fields}).encode()
        request = urllib.request.Request(self.url + path, data, {"Referer": self.url + path})  # noqa: S310
        with self._opener.open(request, timeout=60) as answer:
            return str(answer.url)
