"""Who PostgreSQL runs as. It refuses to run as root, so root lends it another account.

That account cannot enter a folder that only root may enter. Two ways around, neither of which copies anything:
the capability to pass permissions, kept across `exec` (works in containers too), or a user namespace in which root
goes by another number (works where no other account may be taken on). The first one that works here is used.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .console import UsageError

# The secure bit lets access(2) see the capability too: PostgreSQL asks it about its own binaries.
PASS_PERMISSIONS = ("--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override")


@dataclass(frozen=True, slots=True)
class Account:
    """How to start a program as the account: words before its command, and who must own its data (None: leave it)."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def give(self, folder: Path) -> None:
        """Makes the account the owner of a data folder that an earlier start may have left to another one."""
        if self.owner is None or _belongs(folder, self.owner):
            return
        for path in (*folder.rglob("*"), folder):
            os.chown(path, *self.owner, follow_symlinks=False)


def _belongs(folder: Path, owner: tuple[int, int]) -> bool:
    facts = folder.stat()
    return (facts.st_uid, facts.st_gid) == owner


def choose(program: Path, folder: Path) -> Account:
    """The account that can run the program and write into the folder."""
    if os.geteuid() != 0:
        return Account()
    for account in _for_root():
        if _works(account, program, folder):
            return account
    raise UsageError(
        "PostgreSQL does not run as root, and no other account can be used here; run bin/run as an ordinary user"
    )


def _for_root() -> Iterator[Account]:
    user = _ordinary_user()
    if shutil.which("setpriv"):
        become = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig=INT")
        yield Account((*become, *PASS_PERMISSIONS), (user.pw_uid, user.pw_gid))
        yield Account(become, (user.pw_uid, user.pw_gid))
    if shutil.which("unshare"):
        yield Account(("unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}"), (0, 0))


def _ordinary_user() -> pwd.struct_passwd:
    """An account known to the system, for `initdb` asks its name: PostgreSQL's own one if there is one."""
    accounts = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    for name in ("postgres", "daemon", "nobody"):
        if name in accounts:
            return accounts[name]
    return next(iter(accounts.values()))


def _works(account: Account, program: Path, folder: Path) -> bool:
    """Tries it: the program starts without complaint, and a file can be made in a folder of the account's."""
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
