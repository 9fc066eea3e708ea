"""Error pages: in Russian, with the request's number, without a trace, and independent of parts that may be broken."""

from unittest import mock

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from sipcabinet.site import errors

NUMBER = "K7M2PX9QRT"


@pytest.fixture
def request_() -> HttpRequest:
    request = RequestFactory().get("/")
    request.request_id = NUMBER  # type: ignore[attr-defined]
    return request


@pytest.mark.parametrize(
    ("view", "status", "title"),
    [
        (errors.bad_request, 400, "Запрос не понят"),
        (errors.forbidden, 403, "Доступ закрыт"),
        (errors.csrf_failure, 403, "Страница устарела"),
        (errors.not_found, 404, "Страница не найдена"),
        (errors.server_error, 500, "Что-то пошло не так"),
        (errors.unavailable, 503, "Кабинет временно недоступен"),
    ],
)
def test_each_page_says_what_happened_and_its_number_without_a_database(
    view: object, status: int, title: str, request_: HttpRequest
) -> None:
    response: HttpResponse = view(request_)  # type: ignore[operator]
    page = response.content.decode()
    assert response.status_code == status
    assert f"<h1>{title}</h1>" in page
    assert NUMBER in page
    assert "+375 17 000-00-00" in page


def test_the_reason_of_an_error_stays_inside(request_: HttpRequest) -> None:
    page = errors.bad_request(request_, SuspiciousOperation("secret detail")).content.decode()
    assert "secret detail" not in page


def test_broken_templates_still_leave_a_page_with_a_number(request_: HttpRequest) -> None:
    with mock.patch.object(errors, "render_to_string", side_effect=OSError("disk")):
        response = errors.server_error(request_)
    assert response.status_code == 500
    assert NUMBER in response.content.decode()
    assert "disk" not in response.content.decode()


def test_an_unknown_address_shows_the_number_of_its_own_answer(client: Client) -> None:
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert response["X-Request-Id"] in response.content.decode()
