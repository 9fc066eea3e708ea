"""Settings from the environment, or from files: `NAME_FILE` is the path of a file that holds the value of `NAME`.

Container platforms pass secrets as files. A setting that cannot be read ends the process with one line on stderr and
exit code 2: no command and no server runs with incomplete settings.
"""

import os
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

import environ
from django.core.exceptions import ImproperlyConfigured

USAGE_ERROR = 2
DATABASE_ENGINE = "sipcabinet.lib.database"


class SettingError(Exception):
    """A setting is given but cannot be used; the message is one line without the setting's value."""


class Variables(MutableMapping[str, str]):
    """The environment. `NAME` is read from the file that `NAME_FILE` names, if any; reading may raise SettingError."""

    def __init__(self, variables: MutableMapping[str, str]) -> None:
        self.variables = variables

    def __getitem__(self, name: str) -> str:
        # django-environ would treat a value that begins with `$` as the name of another variable.
        return self._plain(name).replace("$", r"\$")

    def _plain(self, name: str) -> str:
        path = self.variables.get(f"{name}_FILE", "")
        if not path:
            return self.variables[name]
        if self.variables.get(name):
            raise SettingError(f"{name} and {name}_FILE are both given; keep one of them")
        return _content(f"{name}_FILE", Path(path))

    def __setitem__(self, name: str, value: str) -> None:
        self.variables[name] = value

    def __delitem__(self, name: str) -> None:
        del self.variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.variables)

    def setdefault(self, name: str, default: str = "") -> str:
        """Sets a missing variable; `read_env` calls this. A file is opened only when its setting is read."""
        return self.variables.setdefault(name, default)

    def __len__(self) -> int:
        return len(self.variables)


def _content(name: str, path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingError(f"{name}: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingError(f"{name}: {path} is not text in UTF-8") from None
    if not value:
        raise SettingError(f"{name}: {path} is empty")
    return value


class Environment(environ.Env):  # type: ignore[misc] # has no types of its own
    """django-environ's reader of `Variables`; a setting that cannot be read ends the process (`_stop`)."""

    ENVIRON = Variables(os.environ)

    def __init__(self) -> None:
        super().__init__()
        self.escape_proxy = True

    def get_value(self, var: str, *args: Any, **options: Any) -> Any:
        try:
            return super().get_value(var, *args, **options)
        except (SettingError, ImproperlyConfigured) as error:
            _stop(str(error))
        except ValueError:  # the message would show the value, which may be secret
            _stop(f"{var} has a value that cannot be read")

    def required(self, name: str) -> str:
        """A text; an empty or missing value ends the process."""
        return str(self.str(name)) or _stop(f"Set the {name} environment variable")

    def required_list(self, name: str) -> list[str]:
        """Texts separated by commas; an empty or missing list ends the process."""
        return list(self.list(name)) or _stop(f"Set the {name} environment variable")

    def database(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        """A login of PostgreSQL from its URL. What the URL asks for (`?sslmode=verify-full`) is kept beside `options`,
        which count where both name the same; the settings of a session (`options=-c …`) are joined, the URL's last."""
        found: dict[str, Any] = dict(self.db_url(name))
        wanted = found.get("OPTIONS", {}) | options
        session = [one["options"] for one in (options, found.get("OPTIONS", {})) if "options" in one]
        if session:
            wanted["options"] = " ".join(session)
        return found | {"ENGINE": DATABASE_ENGINE, "OPTIONS": wanted}


def _stop(message: str) -> NoReturn:
    sys.stderr.write(f"error: {message}\n")
    raise SystemExit(USAGE_ERROR)
