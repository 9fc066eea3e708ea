"""A browser in which somebody has signed in."""

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user

from accounts.models import User


def signed_in(user: User) -> Client:
    """Past the password, and the second factor if he has one."""
    client = Client()
    client.force_login(user)
    if device := next(devices_for_user(user), None):
        session = client.session
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.save()
    return client
