"""Loads the demo operator into an empty database and prints who can sign in.

    manage.py demo_data --seed 1 [--if-empty] [--json] [--months 7] [--calls 60000] [--code]

With `--json` the logins are printed as
    {"logins": [{"who": "ООО …", "phone": "+375 44 …", "password": "…", "note": "…"}, …],
     "staff": {"who": "…", "phone": "…", "password": "…", "note": "…", "secret": "BASE32…", "otpauth": "otpauth://…",
               "code": "123456"}}
`password` is empty when the user has changed it in the portal. Needs DEMO=true, because the passwords are public.
Exit codes: 0 the demo is loaded (or was loaded before, with `--if-empty`), 2 the demo may not be loaded here.
"""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from sipcabinet.demo.operator import loading, logins

MONTHS, CALLS = range(1, 13), range(1, 1_000_001)


class Command(BaseCommand):
    help = "Loads the demo operator: catalogue, four customers, months of calls, logins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same seed and day, the same data")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there are customers already")
        parser.add_argument("--json", action="store_true", help="print the logins as JSON")
        parser.add_argument("--months", type=int, default=7, help="months of calls, the current one included (1-12)")
        parser.add_argument("--calls", type=int, default=60_000, help="how many calls, about (1-1000000)")
        parser.add_argument("--code", action="store_true", help="only print the staff user's one-time code of now")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("the demo's passwords are public: it is loaded with DEMO=true alone", returncode=2)
        if options["code"]:
            self.stdout.write(logins.collect()["staff"].get("code", ""))
            return
        if options["months"] not in MONTHS or options["calls"] not in CALLS:
            raise CommandError("--months is 1 to 12, --calls is 1 to 1000000", returncode=2)
        self._load(options)
        told = logins.collect()
        self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else logins.table(told))

    def _load(self, options: dict[str, Any]) -> None:
        wanted = {name: options[name] for name in ("seed", "months", "calls")}
        try:
            with tqdm(total=100, unit="%", file=sys.stderr, disable=options["verbosity"] == 0, leave=False) as bar:
                loading.load(**wanted, bar=bar)
        except loading.NotEmptyError:
            if not options["if_empty"]:
                raise CommandError(
                    "there are customers already: the demo needs an empty database", returncode=2
                ) from None
