"""Test clients in which a user is signed in."""

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user

from accounts.models import User
from accounts.services.sessions import STEPPED_UP
from sipcabinet.lib import clock


def signed_in(user: User) -> Client:
    """A client of a user who has given the password, and the second factor if the user has one."""
    client = Client()
    client.force_login(user)
    if device := next(devices_for_user(user), None):
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.save()
    return client


def stepped_up(user: User) -> Client:
    """A client of a superuser who has just given password and code again, and so may change rights of staff."""
    client = signed_in(user)
    session = client.session
    session[STEPPED_UP] = clock.now().isoformat()
    session.save()
    return client
