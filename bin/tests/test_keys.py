from pathlib import Path

from cryptography.fernet import Fernet
from local import envfile, keys


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = keys.load_or_make(tmp_path / "secrets.env")
    assert keys.load_or_make(tmp_path / "secrets.env") == first
    assert len(set(first.values())) == len(keys.MAKERS)


def test_each_installation_has_its_own(tmp_path: Path) -> None:
    first, second = (keys.load_or_make(tmp_path / name) for name in ("one", "two"))
    assert not set(first.values()) & set(second.values())


def test_what_is_missing_is_added_and_what_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    envfile.write(path, {"SECRET_KEY": "kept", "VALKEY_PASSWORD": ""})
    made = keys.load_or_make(path)
    assert made["SECRET_KEY"] == "kept"
    assert made["VALKEY_PASSWORD"]
    assert envfile.read(path) == made


def test_the_letter_key_seals(tmp_path: Path) -> None:
    key = keys.load_or_make(tmp_path / "secrets.env")["LETTER_KEYS"]
    assert Fernet(key).decrypt(Fernet(key).encrypt(b"letter")) == b"letter"
