"""What was typed into a page of the desk, kept in the browser while another question is asked first.

A token, not hidden fields: there may be a password among it, and only the same login may send it to the same address.
"""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, QueryDict

__all__ = ["InvalidToken", "pack", "unpack"]


def pack(request: HttpRequest) -> str:
    """The request's POST as a token."""
    told = {"user": request.user.pk, "path": request.path, "body": request.POST.urlencode()}
    return _key().encrypt(json.dumps(told).encode()).decode("ascii")


def unpack(request: HttpRequest, token: str) -> QueryDict:
    """The POST again; raises InvalidToken for another's, another page's, or one older than a session can idle."""
    told = json.loads(_key().decrypt(token.encode(), ttl=int(settings.SESSION_IDLE.total_seconds())))
    if (told["user"], told["path"]) != (request.user.pk, request.path):
        raise InvalidToken
    return QueryDict(told["body"])


def _key() -> Fernet:
    digest = hashlib.sha256(f"accounts.carried:{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
