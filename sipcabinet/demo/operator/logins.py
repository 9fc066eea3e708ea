"""The list of the demo's logins, read from the database: so it is also right when the demo was loaded earlier."""

from base64 import b32encode
from typing import Any, TypedDict

from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from sipcabinet.demo.operator import cast
from sipcabinet.lib import phones

CHANGED = "пароль изменён в кабинете"


class Login(TypedDict):
    """A login that can sign in."""

    who: str
    phone: str
    password: str
    note: str


def collect() -> dict[str, Any]:
    """`{"logins": [Login…], "staff": Login + secret, otpauth, code}`; both are empty when the demo is not loaded."""
    logins = [login for demo in cast.CUSTOMERS for login in _of_customer(demo)]
    staff = User.objects.filter(phone=cast.STAFF_PHONE, is_staff=True).first()
    return {"logins": logins, "staff": _of_staff(staff) if staff else {}}


def _of_customer(demo: cast.DemoCustomer) -> list[Login]:
    users = User.objects.filter(account__number=demo.account_number, is_active=True).order_by("phone")
    return [_login(user, demo.name, cast.password_of(demo), demo.note) for user in users]


def _login(user: User, who: str, password: str, note: str) -> Login:
    known = user.check_password(password)
    return Login(
        who=who, phone=phones.display(user.phone), password=password if known else "", note=note if known else CHANGED
    )


def _of_staff(user: User) -> dict[str, Any]:
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    told: dict[str, Any] = dict(_login(user, user.name, cast.STAFF_PASSWORD, "кабинет оператора: /admin/"))
    if device is not None:
        code = totp(device.bin_key, device.step, device.t0, device.digits, device.drift)
        told |= {"secret": b32encode(device.bin_key).decode(), "otpauth": device.config_url, "code": f"{code:06d}"}
    return told


def table(told: dict[str, Any]) -> str:
    """The result of `collect` as text for people."""
    lines = [
        f"  {login['who']:<24} {login['phone']:<18} {login['password']:<16} {login['note']}" for login in told["logins"]
    ]
    if staff := told["staff"]:
        lines.append(f"  {staff['who']:<24} {staff['phone']:<18} {staff['password']:<16} {staff['note']}")
    if "secret" in staff:
        lines += [
            f"  {'':<24} второй фактор: ключ {staff['secret']} в приложение для кодов;",
            f"  {'':<24} код сейчас {staff['code']}, дальше: bin/manage demo_data --code",
        ]
    return "\n".join(lines)
