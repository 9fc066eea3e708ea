"""An SMTP server that stores every letter in a Maildir: the demo's mailbox.

Run as `python -m local.mail PORT FOLDER`.
"""

import signal
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from . import ports


def main(port: int, maildir: Path) -> None:
    """Serves until SIGTERM or SIGINT."""
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    controller = Controller(Mailbox(maildir), hostname=ports.HOST, port=port, enable_SMTPUTF8=True)
    controller.start()
    signal.sigwait(stop)
    controller.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
