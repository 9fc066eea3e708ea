"""The name that an application for one-time codes shows (OTP_TOTP_ISSUER)."""

from typing import Any


def issuer(_device: Any) -> str:
    """The operator's name in force. A colon would end the issuer in the address of the key."""
    from operator_profile.selectors import face  # settings import this module before the models

    return face.in_force().name.replace(":", " ")
