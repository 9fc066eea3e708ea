"""Makes a real call of the demo through the switch that `bin/run --with-switch` has started:
`manage.py test_call FROM TO SECONDS [--json]`.

FROM is a connected number, TO any number; a number of ours is answered by a telephone of its own, others by another
network. Exit codes: 0 the call was answered, 2 the call cannot be made, 3 the switch refused it or nobody answered.
"""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sipcabinet.demo import trial_calls
from sipcabinet.lib.sipp import SippError

REFUSED = 3


class Command(BaseCommand):
    help = "Makes a real call of the demo through the switch, by SIPp."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("shown", metavar="FROM", help="a connected number, in any spelling")
        parser.add_argument("called", metavar="TO", help="the number to call")
        parser.add_argument(
            "seconds", metavar="SECONDS", type=int, help=f"how long the call lasts, 1-{trial_calls.LONGEST}"
        )
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("test calls use customers' SIP passwords: only with DEMO=true", returncode=2)
        if not 1 <= options["seconds"] <= trial_calls.LONGEST:
            raise CommandError(f"SECONDS is 1 to {trial_calls.LONGEST}", returncode=2)
        try:
            outcome = trial_calls.call(options["shown"], options["called"], options["seconds"])
        except (trial_calls.TrialCallError, SippError) as error:
            raise CommandError(str(error), returncode=2) from None
        told = outcome._asdict() | {"seconds": options["seconds"]}
        text = "{shown} → {called}: {code}" + (", {seconds} s" if outcome.code == "200" else "")
        self.stdout.write(json.dumps(told) if options["json"] else text.format(**told))
        if outcome.code != "200":
            raise SystemExit(REFUSED)
