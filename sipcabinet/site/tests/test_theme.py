"""The theme: the server reads it from a cookie, it changes without scripts too, and redirects to no other site."""

import pytest
from django.test import Client, RequestFactory

from sipcabinet.site import theme


@pytest.mark.parametrize(
    ("cookie", "chosen"), [("dark", "dark"), ("light", "light"), ("system", "system"), ("<b>", "system")]
)
def test_the_cookie_decides_and_nonsense_is_no_choice(cookie: str, chosen: str) -> None:
    request = RequestFactory().get("/", headers={"cookie": f"theme={cookie}"})
    assert theme.of(request) == chosen


def test_a_choice_is_kept_and_leads_back() -> None:
    request = RequestFactory().post("/theme/", {"theme": "dark", "next": "/security/?a=1"})
    response = theme.choose(request)
    assert response.status_code == 302
    assert response["Location"] == "/security/?a=1"
    assert response.cookies["theme"].value == "dark"
    assert response.cookies["theme"]["samesite"] == "Lax"


def test_an_unknown_theme_changes_nothing() -> None:
    response = theme.choose(RequestFactory().post("/theme/", {"theme": "neon", "next": "/"}))
    assert response.status_code == 302
    assert "theme" not in response.cookies


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "", "\\\\evil.example"]
)
def test_the_way_back_never_leads_out(target: str) -> None:
    response = theme.choose(RequestFactory().post("/theme/", {"theme": "dark", "next": target}))
    assert response["Location"] == "/"


def test_reading_the_address_chooses_nothing() -> None:
    assert theme.choose(RequestFactory().get("/theme/")).status_code == 405


@pytest.mark.parametrize(
    ("chosen", "media"), [("dark", "screen"), ("light", "not all"), ("system", "prefers-color-scheme")]
)
def test_the_page_arrives_in_its_theme(client: Client, chosen: str, media: str) -> None:
    client.cookies["theme"] = chosen
    page = client.get("/no/such/page/").content.decode()
    assert f'data-theme="{chosen}"' in page
    assert media in page.split("css/dark.")[1].split("data-dark")[0]
