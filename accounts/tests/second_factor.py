"""Helpers that use the second factor like its owner: turning it on, and computing codes."""

from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.tests.factories import PASSWORD
from accounts.tests.signing_in import knock


def code_of(device: TOTPDevice, *, later: int = 0) -> str:
    return f"{totp(device.bin_key, drift=later):06d}"


def enrolled(user: User, client: Client) -> tuple[TOTPDevice, list[str]]:
    """Turns the second factor on through the pages; returns the key and the recovery codes."""
    client.post("/security/code/on/", {"password": PASSWORD})
    device = TOTPDevice.objects.get(user=user)
    page = client.post("/security/code/on/", {"code": code_of(device)})
    return device, page.context["codes"]


def at_the_code(user: User) -> Client:
    client = Client()
    assert knock(client, user.phone, PASSWORD).status_code == 302
    return client
