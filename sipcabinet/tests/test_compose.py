"""The production installation in docker-compose.yml. The tests only read the file, so they need no Docker."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
PORTAL = {"web", "worker", "beat", "metrics", "migrate"}
SECRETS = {
    "SECRET_KEY",
    "LETTER_KEYS",
    "SIP_KEYS",
    "POSTGRES_OWNER_PASSWORD",
    "POSTGRES_WEB_PASSWORD",
    "POSTGRES_PORTAL_PASSWORD",
    "POSTGRES_VIEWER_PASSWORD",
    "REDIS_PASSWORD",
}
MAY_BE_FILES = {"SECRET_KEY", "LETTER_KEYS", "SIP_KEYS"}
# Variables that docker-compose.yml sets, or that only this file uses.
OF_COMPOSE = {name for name in SECRETS if name.startswith(("POSTGRES", "REDIS"))} | {"PORT", "POSTGRES_MAX_CONNECTIONS"}


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "docker-compose.yml").read_text()


@pytest.fixture(scope="module")
def services(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def test_every_part_is_there(services: dict[str, Any]) -> None:
    assert set(services) == PORTAL | {"login", "postgres", "redis", "mail"}


def test_whatever_runs_on_is_watched_and_restarted(services: dict[str, Any]) -> None:
    for name in set(services) - {"migrate", "login"}:
        assert services[name]["healthcheck"]["test"], name
        assert services[name]["restart"] == "unless-stopped", name


def test_the_one_shots_run_once_and_in_order(services: dict[str, Any]) -> None:
    assert services["migrate"]["restart"] == services["login"]["restart"] == "no"
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["login"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    for name in PORTAL - {"migrate"}:
        assert services[name]["depends_on"]["login"] == {"condition": "service_completed_successfully"}, name


def test_only_migrate_and_login_have_the_owners_password(services: dict[str, Any]) -> None:
    holders = {name for name, service in services.items() if "${POSTGRES_OWNER_PASSWORD" in str(service["environment"])}
    assert holders == {"migrate", "login", "postgres"}
    for name in PORTAL - {"migrate"}:
        assert services[name]["environment"]["DATABASE_URL"].startswith("postgres://sipcabinet_web:"), name


def test_every_setting_of_env_reaches_the_portal_but_passwords_of_servers(services: dict[str, Any]) -> None:
    for name in PORTAL:
        assert services[name]["env_file"] == [{"path": ".env", "required": False}], name
        for password in OF_COMPOSE & SECRETS:
            assert services[name]["environment"][password] == "", (name, password)


def test_no_secret_has_a_default(text: str) -> None:
    used = dict(re.findall(r"\$\{([A-Z_]+)(:\?|:-|\?|\})", text))
    assert {name for name in SECRETS - MAY_BE_FILES if used[name] != ":?"} == set()
    # These may be empty, because they may be given as files; without both the portal stops (test_environment.py).
    assert {name for name in MAY_BE_FILES if used[name] != "?"} == set()
    assert used["SITE_URL"] == used["ALLOWED_HOSTS"] == ":?"


def test_secrets_as_files_are_ready_to_be_uncommented(text: str) -> None:
    shown = yaml.safe_load(re.sub(r"^( *)# (secrets:|  \w+: \{file:)", r"\1\2", text, flags=re.MULTILINE))
    names = {name.lower() for name in MAY_BE_FILES}
    assert set(shown["secrets"]) == names
    for part in PORTAL:
        assert set(shown["services"][part]["secrets"]) == names, part


def test_what_must_last_is_in_named_volumes(text: str, services: dict[str, Any]) -> None:
    named = set(yaml.safe_load(text)["volumes"])
    mounted = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert named <= mounted
    assert "postgres:/var/lib/postgresql" in services["postgres"]["volumes"]
    for name in PORTAL:
        assert "files:/data" in services[name]["volumes"], name


def test_nothing_is_published_to_the_world_by_default(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith(("127.0.0.1:", "${PUBLISH:-127.0.0.1:")) for port in published)


def test_the_files_that_are_mounted_and_copied_exist(services: dict[str, Any]) -> None:
    assert (ROOT / services["login"]["volumes"][0].split(":")[0]).is_file()
    assert all((ROOT / name).exists() for name in of_the_image())


def of_the_image() -> list[str]:
    return [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]


def test_the_image_holds_every_app() -> None:
    packages = {name.partition(".")[0] for name in settings.INSTALLED_APPS}
    assert {name for name in packages if (ROOT / name).is_dir()} <= {*of_the_image()}


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines.index("USER portal") > max(number for number, line in enumerate(lines) if line.startswith("RUN"))


def test_every_setting_has_its_line_in_the_example() -> None:
    settings = set(
        re.findall(r'\b(?:env\.\w+|_of_pages)\(\s*"([A-Z_]+)"', (ROOT / "sipcabinet" / "settings.py").read_text())
    )
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert settings
    assert settings - example == set()
    assert example - settings == OF_COMPOSE
