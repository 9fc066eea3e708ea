"""An SMTP server that stores every letter in a Maildir: the demo's mailbox. It refuses addresses that end with
`.invalid`: no such domain exists anywhere (RFC 2606).

Run as `python -m local.mail PORT FOLDER`.
"""

import signal
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from . import ports


class Demo(Mailbox):
    """The mailbox, with a refusal as any mail server gives it."""

    async def handle_RCPT(  # noqa: N802 - the library calls it by this name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.lower().endswith(".invalid"):
            return "550 5.1.2 no such domain"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def main(port: int, maildir: Path) -> None:
    """Serves until SIGTERM or SIGINT."""
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    controller = Controller(Demo(maildir), hostname=ports.HOST, port=port, enable_SMTPUTF8=True)
    controller.start()
    signal.sigwait(stop)
    controller.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
