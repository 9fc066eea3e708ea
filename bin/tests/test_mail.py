import mailbox
import os
import smtplib
import stat
import subprocess
import sys
import time
from pathlib import Path

from local import ports
from local.paths import ROOT


def test_a_letter_lands_in_the_mailbox(tmp_path: Path) -> None:
    port = ports.pick()
    command = [sys.executable, "-m", "local.mail", str(port), str(tmp_path / "mail")]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT / "bin")}) as server:
        while not ports.answers(port):
            assert server.poll() is None
            time.sleep(0.05)
        with smtplib.SMTP(ports.HOST, port, timeout=10) as client:
            client.sendmail("a@operator.example", ["b@customer.example"], "Subject: Test\n\nПароль".encode())
        server.terminate()
    assert server.returncode == 0
    (letter,) = mailbox.Maildir(tmp_path / "mail", create=False)
    assert (letter["Subject"], letter["X-RcptTo"]) == ("Test", "b@customer.example")
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700
