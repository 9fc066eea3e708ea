"""The system account that PostgreSQL runs as. PostgreSQL refuses to run as root, so root starts it as another account.

That account cannot enter a folder that only root may enter. Two ways allow this without copying files. `setpriv` gives
the account the capability CAP_DAC_OVERRIDE, which overrides permissions of files and is kept across `exec`; this works
in containers too. `unshare` makes a user namespace in which root has the account's number; this works where root may
not change to another account. The first way that works on this machine is used.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .console import UsageError

# With this secure bit access(2) respects the capability too: PostgreSQL checks its binaries by access(2).
PASS_PERMISSIONS = ("--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override")


@dataclass(frozen=True, slots=True)
class SystemUser:
    """How to start a program as the account: `prefix` precedes the command; `owner` must own the data (None: any)."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def give(self, folder: Path) -> None:
        """Makes the account the owner of a data folder, which an earlier start may have given to another account."""
        if self.owner is None or _belongs(folder, self.owner):
            return
        for path in (*folder.rglob("*"), folder):
            os.chown(path, *self.owner, follow_symlinks=False)


def _belongs(folder: Path, owner: tuple[int, int]) -> bool:
    facts = folder.stat()
    return (facts.st_uid, facts.st_gid) == owner


def choose(program: Path, folder: Path) -> SystemUser:
    """The first account that can run the program and write into the folder; raises UsageError if there is none."""
    if os.geteuid() != 0:
        return SystemUser()
    for account in _for_root():
        if _works(account, program, folder):
            return account
    raise UsageError(
        "PostgreSQL does not run as root, and no other account can be used here; run bin/run as an ordinary user"
    )


def _for_root() -> Iterator[SystemUser]:
    user = _ordinary_user()
    if shutil.which("setpriv"):
        become = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig=INT")
        yield SystemUser((*become, *PASS_PERMISSIONS), (user.pw_uid, user.pw_gid))
        yield SystemUser(become, (user.pw_uid, user.pw_gid))
    if shutil.which("unshare"):
        yield SystemUser(("unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}"), (0, 0))


def _ordinary_user() -> pwd.struct_passwd:
    """An account of the system's list, because `initdb` needs the account's name; preferably that of PostgreSQL."""
    accounts = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in ("postgres", "daemon", "nobody"):
        if name in accounts:
            return accounts[name]
    return next(iter(accounts.values()))


def _works(account: SystemUser, program: Path, folder: Path) -> bool:
    """Tries the account: the program must start without messages, and a file in the account's folder be created."""
    trial = folder / ".trial"
    trial.mkdir(mode=0o700, exist_ok=True)
    script = '"$1" --version && : > "$2/file" && rm "$2/file"'
    command = [*account.prefix, "sh", "-c", script, "sh", str(program), str(trial)]
    try:
        account.give(trial)
        ran = subprocess.run(command, capture_output=True, cwd="/", check=False)
    except OSError:
        return False
    finally:
        shutil.rmtree(trial, ignore_errors=True)
    return ran.returncode == 0 and not ran.stderr
