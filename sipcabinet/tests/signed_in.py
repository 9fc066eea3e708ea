"""A browser in which somebody has signed in."""

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user

from accounts.models import User
from accounts.services.sessions import STEPPED_UP
from sipcabinet.lib import clock


def signed_in(user: User) -> Client:
    """Past the password, and the second factor if he has one."""
    client = Client()
    client.force_login(user)
    if device := next(devices_for_user(user), None):
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.save()
    return client


def stepped_up(user: User) -> Client:
    """The same, who has just shown password and code again: a superuser who may change rights of staff."""
    client = signed_in(user)
    session = client.session
    session[STEPPED_UP] = clock.now().isoformat()
    session.save()
    return client
