"""Structured logs: a static event name, and ids as fields. Never log a dialled number, a secret or a letter's body."""

import logging
import logging.config
import re
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

# A telephone's secret is part of the path of its settings (subscribers/services/sip_links.py). Django writes paths.
_SECRET_PATH = re.compile(r"(?<!/sip)(/phones/+)[^\s/\"']+")


def masked(_logger: Any, _name: str, event: Any) -> Any:
    """A processor that takes the secrets out of all texts of an event."""
    return {key: _SECRET_PATH.sub(r"\1…", value) if isinstance(value, str) else value for key, value in event.items()}


# This list is never replaced: loggers in use keep a reference to it, and Celery sets Django up a second time.
_PROCESSORS: list[Any] = [*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]


def configure(options: dict[str, Any]) -> None:
    """Sets up logging. Django calls this with `settings.LOGGING` = {"format": "json" | "console", "level": …}."""
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if options["format"] == "console":
        last = structlog.dev.ConsoleRenderer(colors=False)
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "event": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": _SHARED,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        masked,
                        last,
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django.request": {"level": "ERROR"},
                "fontTools": {"level": "WARNING"},
                "weasyprint": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
