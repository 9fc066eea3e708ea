"""Adds a source of call records: `manage.py call_source NAME --kind KIND [--zone ZONE] [--account-code CODE]` (4.4).

A source with this name and kind stays as it is. Exit codes: 0 the source exists now, 2 wrong usage.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand

from accounts.actor import Actor
from sipcabinet.lib.errors import DomainError
from subscribers.management.refusal import refuse
from subscribers.models import AccountCode, CallSource, SourceKind
from subscribers.services import call_sources

NAME = "call_source"


class Command(BaseCommand):
    help = "Adds a source whose call records the portal fetches, or that sends them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = sorted(kind.value for kind in call_sources.FORMATS)
        parser.add_argument("name", metavar="NAME", help="letters, digits and hyphens")
        parser.add_argument("--kind", required=True, choices=kinds, help="where the records come from")
        parser.add_argument("--zone", default="UTC", help="of times without an offset (UTC)")
        parser.add_argument(
            "--account-code",
            choices=AccountCode.values,
            default=AccountCode.LOGIN,
            help="how the account code in the records names the trunk (login)",
        )

    def handle(self, *_args: Any, name: str, kind: str, zone: str, account_code: str, **_options: Any) -> None:
        known = CallSource.objects.filter(name=name).first()
        if known is not None:
            if known.kind != kind:
                refuse(NAME, f"источник «{name}» другого вида: {known.kind}")
            self.stdout.write(f"{name}: known")
            return
        fmt = call_sources.FORMATS[SourceKind(kind)]
        source = CallSource(name=name, kind=kind, format=fmt, zone=zone, account_code=account_code)
        try:
            source.clean_fields()
            call_sources.save(source=source, by=Actor(None))
        except ValidationError as error:
            refuse(NAME, "; ".join(error.messages))
        except DomainError as refusal:
            refuse(NAME, refusal.message)
        self.stdout.write(f"{name}: added")
