"""Backends that apply states to a switch. `chosen()` returns the backend set by PROVISIONING_BACKEND."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from subscribers.switch.backends.backend import Backend, RefusedError, Telling, TroubleError

__all__ = ["Backend", "RefusedError", "Telling", "TroubleError", "chosen"]


def chosen() -> Backend:
    """The backend from the settings; raises ImproperlyConfigured."""
    from subscribers.switch.backends.kamailio import KamailioBackend
    from subscribers.switch.backends.kamailio_rows import Digest
    from subscribers.switch.backends.recording import RecordingBackend

    if settings.PROVISIONING_BACKEND == "recording":
        return RecordingBackend()
    if settings.PROVISIONING_BACKEND == "kamailio" and settings.KAMAILIO_DATABASE_URL:
        if settings.KAMAILIO_DIGEST not in {*Digest}:
            raise ImproperlyConfigured(f"KAMAILIO_DIGEST is {' or '.join(Digest)}")
        return KamailioBackend(settings.KAMAILIO_DATABASE_URL, settings.KAMAILIO_DIGEST)
    raise ImproperlyConfigured("PROVISIONING_BACKEND is recording, or kamailio with a KAMAILIO_DATABASE_URL")
