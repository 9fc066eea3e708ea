"""The frame of a customer's page is kept as HTML: it must be his own, with the page's token and address."""

import re

import pytest
from django.conf import settings
from django.template import Engine, RequestContext
from django.template.loader import get_template
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.tests.factories import UserFactory
from sipcabinet.site import frame
from sipcabinet.tests.signed_in import signed_in

PARTS = ["components/top_bar.html", "components/footer.html", "components/idle_dialog.html"]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    frame._made.clear()


def page(client: Client, path: str = "/help/") -> str:
    return client.get(path).content.decode()


def names(user: User) -> tuple[str, str]:
    assert user.account is not None
    return user.account.customer.name, user.account.number


def test_each_customer_gets_his_own_frame() -> None:
    users = [UserFactory.create() for _ in range(2)]
    clients = [signed_in(user) for user in users]
    for _visit in range(2):
        for client, own, other in zip(clients, users, users[::-1], strict=True):
            text = page(client)
            assert all(name.replace('"', "&quot;") in text for name in names(own))
            assert not any(name in text for name in names(other))


@pytest.mark.parametrize("part", PARTS)
def test_a_kept_part_is_what_the_template_gives(part: str) -> None:
    request = RequestFactory().get("/subscribers/?phone=1&next=2")
    request.user = UserFactory.create()
    request.COOKIES[settings.THEME_COOKIE_NAME] = "dark"
    for _visit in range(2):
        context = RequestContext(request, {})
        template = Engine.get_default().get_template(part)
        with context.bind_template(template):
            plain = template.nodelist.render(context)
            kept = frame.html(part, context, lambda name, values: get_template(name).render(values))
        assert TOKEN.sub("", str(kept)) == TOKEN.sub("", plain)


def test_the_token_is_that_of_the_page() -> None:
    client = signed_in(UserFactory.create())
    for path in ("/help/", "/documents/reconciliation/"):
        text = page(client, path)
        tokens = TOKEN.findall(text)
        assert len(set(tokens)) == 1
        assert len(tokens) >= 3
        assert f'name="next" value="{path}"' in text


def test_a_change_is_seen_at_once() -> None:
    user = UserFactory.create()
    client = signed_in(user)
    page(client)
    assert user.account is not None
    user.account.customer.name = "ООО «Новое имя» & <b>"
    user.account.customer.save()
    assert "ООО «Новое имя» &amp; &lt;b&gt;" in page(client)
    client.cookies[settings.THEME_COOKIE_NAME] = "dark"
    assert re.search(r'value="dark"\s+aria-pressed="true"', page(client))


def test_what_is_kept_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "KEPT", 3)
    for _ in range(3):
        page(signed_in(UserFactory.create()))
        assert len(frame._made) <= 3
