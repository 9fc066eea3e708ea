"""Call records that a switch sends over HTTP: who may send them, and what is kept (4.4).

A source has one secret. `mod_json_cdr` sends it as a password (`cred`), other programs sign with it:
X-Signature = hex of HMAC-SHA256(secret, "<source>\\n<X-Timestamp>\\n<X-Content-SHA256>"). Either is checked from the
headers alone, so the body of a stranger is never read. A record is stored before it is answered.

The signature does not cover the type of the body, so a signed body is read in one way alone: as JSON.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import structlog
from django.db import close_old_connections
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.services import audit
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.seals import InvalidToken, Seal
from subscribers.calls import received
from subscribers.cdr.records import BadRowError
from subscribers.models import CallSource, SourceKind

log = structlog.get_logger(__name__)
SEAL = Seal("SIP_KEYS")
PATH = "/calls/records/"
MOST_BYTES = 512 * 1024  # of a body; a record has some tens of thousands
CLOCK_SECONDS = 300  # how much the time of a signature may differ from ours
CHALLENGE = 'Basic realm="call records"'  # of an answer 401: without it some clients send no password at all
FORM, BASE64 = "application/x-www-form-urlencoded", "application/x-www-form-base64-encoded"


class IntakeError(DomainError):
    """The record is refused and nothing is stored; `status` is the answer of HTTP."""

    code = "intake.refused"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Admission:
    """A source whose secret the headers prove. `sha256` and `signature` are empty if the secret itself was sent."""

    source: CallSource
    sha256: str = ""
    signature: str = ""


def authorise(name: str, headers: Mapping[str, str]) -> Admission:
    """Who sends the request, by its headers; raises IntakeError (401), the same for an unknown source."""
    source = CallSource.objects.filter(name=name, kind=SourceKind.HTTP).exclude(secret="").first()
    secret = _secret_of(source) if source else secrets.token_urlsafe(32)  # a stranger's name takes as long
    signature = headers.get("X-Signature", "")
    proved = _signed(name, secret, headers) if signature else _sent(name, secret, headers.get("Authorization", ""))
    if source is None or not proved:
        raise IntakeError(401, _("Секрет источника не подошёл"))
    return Admission(source, headers.get("X-Content-SHA256", "").lower() if signature else "", signature.lower())


def admits(environ: Mapping[str, str]) -> int:
    """For the lane: 0 if the body of this request may be read, else the status of the refusal. Uses the database."""
    close_old_connections()
    name = environ.get("PATH_INFO", "").removeprefix(PATH).strip("/")
    names = {"X-Signature": "HTTP_X_SIGNATURE", "X-Timestamp": "HTTP_X_TIMESTAMP",
             "X-Content-SHA256": "HTTP_X_CONTENT_SHA256", "Authorization": "HTTP_AUTHORIZATION"}  # fmt: skip
    try:
        authorise(name, {header: environ.get(key, "") for header, key in names.items()})
    except IntakeError as refusal:
        return refusal.status
    except ValueError:  # a name that no source can have
        return 401
    return 0


def take(*, admission: Admission, body: bytes, content_type: str) -> bool:
    """Stores the record of a body; False if the same record is stored already. Committed when it returns.

    Raises IntakeError: 413 too large, 415 a signed body sent as a form, 400 no JSON record or another body than the
    signed one, 409 a signature that was used before.
    """
    if len(body) > MOST_BYTES:
        raise IntakeError(413, _("Запись больше %(size)d байт") % {"size": MOST_BYTES})
    if admission.signature and _kind_of(content_type) in {FORM, BASE64}:
        raise IntakeError(415, _("Подписанная запись передаётся сама, а не полем формы"))
    if admission.sha256 and not hmac.compare_digest(hashlib.sha256(body).hexdigest(), admission.sha256):
        raise IntakeError(400, _("Тело запроса не то, которое подписано"))
    try:
        return received.keep(source=admission.source, text=_text_of(body, content_type), signature=admission.signature)
    except BadRowError as fault:
        raise IntakeError(400, str(fault.reason.label)) from fault
    except received.UsedSignatureError as fault:
        raise IntakeError(409, _("Эта подпись уже использована")) from fault


def new_secret(*, source: CallSource, by: Actor) -> str:
    """Gives the source a new secret and returns it: it is shown once. The former one ends at once. Audited."""
    secret = secrets.token_urlsafe(32)
    CallSource.objects.filter(pk=source.pk).update(secret=SEAL.seal(secret))
    audit.record(
        action="callsource.secret_made",
        user=by.user,
        address=by.address,
        summary=_("Создан секрет источника звонков %(source)s") % {"source": source.name},
        details={"source_id": source.pk},
    )
    return secret


def _secret_of(source: CallSource) -> str:
    try:
        return SEAL.unseal(source.secret)
    except InvalidToken:
        log.exception("intake.unreadable_secret", source_id=source.pk)
        return secrets.token_urlsafe(32)


def _sent(name: str, secret: str, header: str) -> bool:
    scheme, _space, coded = header.partition(" ")
    try:
        told = base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    wanted = f"{name}:{secret}".encode()
    return scheme.lower() == "basic" and hmac.compare_digest(told.encode(), wanted)


def _signed(name: str, secret: str, headers: Mapping[str, str]) -> bool:
    stamp, digest = headers.get("X-Timestamp", ""), headers.get("X-Content-SHA256", "").lower()
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12 and len(digest) == 64 and digest.isascii()):
        return False
    if abs(int(stamp) - time.time()) > CLOCK_SECONDS:
        return False
    wanted = signature_of(name=name, secret=secret, stamp=stamp, sha256=digest)
    return hmac.compare_digest(headers["X-Signature"].lower().encode(), wanted.encode())


def signature_of(*, name: str, secret: str, stamp: str, sha256: str) -> str:
    """The signature of a body with this SHA-256 at this moment (Unix seconds), as hex."""
    return hmac.new(secret.encode(), f"{name}\n{stamp}\n{sha256}".encode(), hashlib.sha256).hexdigest()


def _text_of(body: bytes, content_type: str) -> str:
    """The JSON of a body as `mod_json_cdr` sends it: by itself, or as the form field `cdr`, also in base64."""
    kind = _kind_of(content_type)
    try:
        if kind == FORM:
            return _form_field(body)
        if kind == BASE64:
            return base64.b64decode(body.partition(b"cdr=")[2]).rstrip(b"\0").decode()
        return body.decode()
    except (UnicodeDecodeError, binascii.Error) as error:
        raise IntakeError(400, _("Запись не в UTF-8")) from error


def _kind_of(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _form_field(body: bytes) -> str:
    field = next((part for part in body.split(b"&") if part.startswith(b"cdr=")), b"cdr=")
    return unquote_to_bytes(field[4:].replace(b"+", b" ")).decode()
