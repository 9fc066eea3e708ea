"""What a person may set for `bin/run`: the environment, then the `.env` file; either may name files of values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import envfile, ports, secret_files
from .paths import ROOT

DEFAULT_PORT = "8000"


@dataclass(frozen=True, slots=True)
class Given:
    """What was given. A server whose address is given is used as it is, and none is started in its place."""

    port: int
    database_url: str
    redis_url: str
    email_url: str
    environment: Mapping[str, str]
    from_file: Mapping[str, str]


def read(folder: Path, environ: Mapping[str, str]) -> Given:
    """Raises `UsageError` on a port or a file of a value that is none. An empty value counts as not given."""
    env_file = Path(environ.get("ENV_FILE") or folder / ".env")
    from_file = {name: value for name, value in envfile.read(env_file).items() if value}
    known = secret_files.names(ROOT / ".env.example")
    environment = secret_files.opened(from_file | {name: value for name, value in environ.items() if value}, known)
    return Given(
        port=ports.parse(environment.get("PORT", DEFAULT_PORT)),
        database_url=environment.get("DATABASE_URL", ""),
        redis_url=environment.get("REDIS_URL", ""),
        email_url=environment.get("EMAIL_URL", ""),
        environment=environment,
        from_file={name: environment[name] for name in _settings(from_file, environment)},
    )


def _settings(from_file: Mapping[str, str], environment: Mapping[str, str]) -> list[str]:
    """The settings of `.env`; for `NAME_FILE`, whose file has been opened, the one that it stands for."""
    return [name if name in environment else name.removesuffix(secret_files.SUFFIX) for name in from_file]
