"""Keeps the POST of a desk page in the browser as a token while the step-up page is shown first.

An encrypted token, not hidden fields: the POST may hold a password, and only the same login may send the token to the
same address.
"""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, QueryDict

__all__ = ["InvalidToken", "pack", "unpack"]


def pack(request: HttpRequest) -> str:
    """Encrypts the request's POST into a token."""
    told = {"user": request.user.pk, "path": request.path, "body": request.POST.urlencode()}
    return _key().encrypt(json.dumps(told).encode()).decode("ascii")


def unpack(request: HttpRequest, token: str) -> QueryDict:
    """Decrypts the POST; raises InvalidToken for a token of another login or page, or older than SESSION_IDLE."""
    told = json.loads(_key().decrypt(token.encode(), ttl=int(settings.SESSION_IDLE.total_seconds())))
    if (told["user"], told["path"]) != (request.user.pk, request.path):
        raise InvalidToken
    return QueryDict(told["body"])


def _key() -> Fernet:
    digest = hashlib.sha256(f"accounts.carried:{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
