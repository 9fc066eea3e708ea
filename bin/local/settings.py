"""What a person may set for `bin/run`: the environment, then the `.env` file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import envfile, ports

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
    """Raises `UsageError` on a port that is none. An empty value counts as not given."""
    env_file = Path(environ.get("ENV_FILE") or folder / ".env")
    from_file = {name: value for name, value in envfile.read(env_file).items() if value}
    environment = from_file | {name: value for name, value in environ.items() if value}
    return Given(
        port=ports.parse(environment.get("PORT", DEFAULT_PORT)),
        database_url=environment.get("DATABASE_URL", ""),
        redis_url=environment.get("REDIS_URL", ""),
        email_url=environment.get("EMAIL_URL", ""),
        environment=environment,
        from_file=from_file,
    )
