"""The secret in the address of a telephone's link is in no log (3.4)."""

import io
import json
import logging
from typing import Any

import pytest
import structlog
from django.test import Client

from accounts.models import Account
from sipcabinet.lib import logs
from subscribers.services import sip_links
from subscribers.tests.sip_cast import access_of, link_path

pytestmark = pytest.mark.django_db


def written(event: dict[str, Any]) -> dict[str, Any]:
    return dict(logs.masked(None, "", event))


def test_no_log_holds_the_secret(account: Account, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Django writes the path of a request that fails; the log's last processor takes the secret out."""
    path = link_path(access_of(account).trunk) + "001565abcdef.cfg"
    secret = path.split("/")[2]

    def broken(**_told: Any) -> None:
        raise RuntimeError(f"at {path}")

    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter())
    root.addHandler(handler)
    monkeypatch.setattr(sip_links, "fetch", broken)
    try:
        answer = Client(raise_request_exception=False).get(path)
    finally:
        root.removeHandler(handler)
    assert answer.status_code == 500
    assert "/phones/…" in stream.getvalue()
    assert secret not in stream.getvalue()
    assert secret not in answer.content.decode()


def _formatter() -> Any:
    """That of the portal's own log."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=logs._SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            logs.masked,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def test_a_mask_leaves_other_texts_alone() -> None:
    event = {
        "event": "Internal Server Error: /phones/abc/001565abcdef.cfg",
        "path": "/subscribers/1/sip/phones/add/",
        "twice": "https://x//phones//abc/001565abcdef.cfg",
        "count": 3,
    }
    assert written(event) == {
        "event": "Internal Server Error: /phones/…/001565abcdef.cfg",
        "path": "/subscribers/1/sip/phones/add/",
        "twice": "https://x//phones//…/001565abcdef.cfg",
        "count": 3,
    }
    assert (
        json.dumps(written({"exception": "at '/phones/abc/x' line 1"}), ensure_ascii=False).count("/phones/…/x' line 1")
        == 1
    )
