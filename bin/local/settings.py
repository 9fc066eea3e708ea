"""Settings for `bin/run`: from the environment, then from the `.env` file; both may name files that hold values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import envfile, ports, secret_files
from .paths import ROOT

DEFAULT_PORT = "8000"


@dataclass(frozen=True, slots=True)
class Given:
    """The settings that the person gave. If a server's address is given, that server is used and none is started."""

    port: int
    database_url: str
    redis_url: str
    email_url: str
    environment: Mapping[str, str]
    from_file: Mapping[str, str]


def read(folder: Path, environ: Mapping[str, str]) -> Given:
    """Reads the settings; an empty value counts as not given. Raises `UsageError` for an invalid port or a `NAME_FILE`
    that cannot be read."""
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
    """Names of the settings in `.env`; `NAME_FILE` is listed as `NAME`, because its file has been read."""
    return [name if name in environment else name.removesuffix(secret_files.SUFFIX) for name in from_file]
