"""The author of a change: the signed-in user with the address of his request."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from accounts.actor import PORTAL, Actor
from accounts.models import User


def test_a_request_tells_who_and_from_where(owner: User, staff: User) -> None:
    request = RequestFactory().post("/", REMOTE_ADDR="203.0.113.7")
    request.user = owner
    assert Actor.of(request, token="t") == Actor(owner, "203.0.113.7", "", "t")
    assert not Actor.of(request).is_staff
    request.user = staff
    assert Actor.of(request, reason="Письмо № 1").is_staff


def test_nobody_does_nothing() -> None:
    request = RequestFactory().post("/")
    request.user = AnonymousUser()
    with pytest.raises(PermissionDenied):
        Actor.of(request)
    assert not PORTAL.is_staff
