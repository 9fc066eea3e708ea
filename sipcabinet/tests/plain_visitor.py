"""A visitor without a browser: signs in by forms and keeps the cookies, for benches and tests of real servers."""

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
        """The header `Cookie` of this visitor's next request."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    def status(self, path: str, seconds: float = 30) -> int:
        """How the page answers; 0 for no answer."""
        try:
            with self._opener.open(self.url + path, timeout=seconds) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def sign_in(self, phone: str, password: str) -> None:
        """Raises AssertionError where the portal does not let the visitor in."""
        landed = self._send("/sign-in/", {"category": "mobile", "phone": phone, "password": password})
        assert not landed.endswith("/sign-in/"), landed

    def give_code(self, code: str) -> None:
        """The second factor, asked for after the password."""
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
