"""Settings files: parsing them gives the values on the page, for any text in a label or password (3.4)."""

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from subscribers.sip import FILES, SipParameters, UnwritableError
from subscribers.tests.sip_cast import SECRET, parameters, preprocessed, read_asterisk

HOSTILE = (
    "a;b", ";--", "\\;", "a\\;b", "-->", "--", "<include>", "<!--#exec", "&amp;", "&", "\"'", "#include x", "%NULL%",
    "${user}", "$${domain}", "X-PRE-PROCESS", "x-pre-process cmd", "<P2>admin</P2>", "]]>", "=>x", ">x", "[x]", "a=b",
    "\\", "a\\", "{secret}", "`id`", "пароль", '<X-PRE-PROCESS cmd="exec" data="id"/>',
)  # fmt: skip
BREAKING = ("a\nb", "a\r\nb", "\x00", "a\x85b", "a\u2028b", "\x1b[2J", "\ufffe", " a", "a ", "\ta")
words = st.one_of(st.sampled_from(HOSTILE), st.sampled_from(BREAKING), st.text(max_size=40))


def asterisk(shown: SipParameters) -> dict[str, list[tuple[str, str]]]:
    return read_asterisk(FILES["asterisk"].render(shown))


def freeswitch(shown: SipParameters) -> dict[str, str]:
    gateway = etree.fromstring(preprocessed(FILES["freeswitch"].render(shown)).encode())
    assert gateway.tag == "gateway"
    children = [*gateway.iterchildren("param"), *gateway.iterfind("variables/variable")]
    return {str(child.get("name")): str(child.get("value")) for child in children}


def yealink(shown: SipParameters) -> dict[str, str]:
    first, *lines = FILES["yealink"].render(shown).split("\n")
    assert first == "#!version:1.0.0.1"
    settings = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key.strip().removeprefix("account.1."): value.strip() for key, _, value in settings}


def grandstream(shown: SipParameters) -> dict[str, str]:
    root = etree.fromstring(FILES["grandstream"].render(shown).encode())
    config = root.find("config")
    assert config is not None
    return {str(child.tag): child.text or "" for child in config}


def test_asterisk_reads_the_pages_values() -> None:
    found = asterisk(parameters())
    name = "sip-375447112030"
    assert list(found) == [name, f"{name}-aor", f"{name}-auth", f"{name}-registration", f"{name}-identify"]
    endpoint, auth = dict(found[name]), dict(found[f"{name}-auth"])
    registration = dict(found[f"{name}-registration"])
    assert auth["username"] == "375447112030"
    assert auth["password"] == SECRET
    assert auth["realm"] == endpoint["from_domain"] == "sip.operator.example"
    assert endpoint["allow"] == "alaw,ulaw,g729"
    assert endpoint["dtmf_mode"] == "rfc4733"
    assert endpoint["device_state_busy_at"] == "10"
    assert endpoint["outbound_proxy"] == registration["outbound_proxy"] == "sip:sbc.operator.example:5060;lr"
    assert registration["server_uri"] == "sip:reg.operator.example:5060"
    assert registration["client_uri"] == "sip:375447112030@sip.operator.example"
    assert registration["expiration"] == "600"
    matches = [value for key, value in found[f"{name}-identify"] if key == "match"]
    assert matches == ["192.0.2.0/28", "192.0.2.64/28"]


def test_asterisk_keeps_the_transport_behind_an_escaped_semicolon() -> None:
    text = FILES["asterisk"].render(parameters(transport="tls", port=5061))
    assert "server_uri = sip:reg.operator.example:5061\\;transport=tls" in text
    assert dict(read_asterisk(text)["sip-375447112030-aor"])["contact"].endswith(":5061;transport=tls")


def test_freeswitch_reads_the_pages_values() -> None:
    assert freeswitch(parameters(transport="tcp")) == {
        "username": "375447112030", "auth-username": "375447112030", "realm": "sip.operator.example",
        "from-user": "375447112030", "from-domain": "sip.operator.example", "password": SECRET,
        "proxy": "reg.operator.example:5060", "outbound-proxy": "sbc.operator.example:5060",
        "register-proxy": "sbc.operator.example:5060", "register": "true", "register-transport": "tcp",
        "expire-seconds": "600", "retry-seconds": "60", "caller-id-in-from": "true",
        "absolute_codec_string": "PCMA,PCMU,G729", "dtmf_type": "rfc2833",
    }  # fmt: skip


def test_yealink_reads_the_pages_values() -> None:
    found = yealink(parameters(transport="tls", port=5061))
    assert found | {
        "label": "+375 44 711-20-30, Офис", "user_name": "375447112030", "auth_name": "375447112030",
        "password": SECRET, "sip_server.1.address": "reg.operator.example", "sip_server.1.port": "5061",
        "sip_server.1.transport_type": "2", "sip_server.1.expires": "600", "sip_server.1.register_on_enable": "1",
        "outbound_proxy_enable": "1", "outbound_proxy.1.address": "sbc.operator.example", "dtmf.type": "1",
        "codec.pcma.priority": "1", "codec.pcmu.priority": "2", "codec.g729.priority": "3", "codec.g722.enable": "0",
    } == found  # fmt: skip


def test_grandstream_reads_the_pages_values() -> None:
    found = grandstream(parameters(transport="tcp"))
    assert found | {
        "P47": "reg.operator.example:5060", "P48": "sbc.operator.example:5060", "P35": "375447112030",
        "P36": "375447112030", "P34": SECRET, "P31": "1", "P32": "10", "P130": "1", "P73": "1", "P57": "8", "P58": "0",
        "P59": "18", "P270": "+375 44 711-20-30, Офис",
        "P2301": "0", "P2302": "1", "P2303": "0",
    } == found  # fmt: skip


def test_grandstream_keeps_no_codec_of_its_own() -> None:
    """A telephone has a list of eight codecs; an entry that the file leaves out keeps the factory's codec."""
    found = grandstream(parameters(codecs=("G.722", "G.711A")))
    assert [found[name] for name in ("P57", "P58", "P59", "P60", "P61", "P62", "P46", "P98")] == ["9", *["8"] * 7]
    assert "P57" not in grandstream(parameters(codecs=("Siren",)))


def test_a_fanvil_file_holds_the_line() -> None:
    text = FILES["fanvil"].render(parameters(transport="tls", label='Кабинет "<&-->'))
    root = etree.fromstring(text.encode())
    line = root.find("sip/line[@index='1']")
    assert root.tag == "sysConf"
    assert line is not None
    assert {element.tag: element.text for element in line} == {
        "PhoneNumber": "375447112030", "DisplayName": "Кабинет -", "RegisterAddr": "reg.operator.example",
        "RegisterPort": "5060", "RegisterUser": "375447112030", "RegisterPswd": SECRET, "RegisterTTL": "600",
        "EnableReg": "1", "ProxyAddr": "sbc.operator.example", "ProxyPort": "5060", "Transport": "3", "DTMFMode": "1",
    }  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_without_the_password_the_file_has_a_place_for_it_and_says_so(kind: str) -> None:
    text = FILES[kind].render(parameters(password=""))
    assert "Пароль SIP впишите" in text
    assert SECRET not in text
    assert "Пароль SIP впишите" not in FILES[kind].render(parameters())


@pytest.mark.parametrize("kind", FILES)
def test_without_registration_no_file_holds_a_password(kind: str) -> None:
    by_address = parameters(password="", registers=False, allowed_addresses=("203.0.113.7",))
    text = FILES[kind].render(by_address.with_password(SECRET))
    assert SECRET not in text
    assert "203.0.113.7" in text
    assert asterisk(by_address).keys() == {f"sip-375447112030{end}" for end in ("", "-aor", "-identify")}
    assert freeswitch(by_address)["register"] == "false"


def test_what_equipment_has_no_name_for_is_left_out() -> None:
    odd = parameters(codecs=("G.711A", "Siren"), dtmf="свисток", outbound_proxy="")
    assert dict(asterisk(odd)["sip-375447112030"])["allow"] == "alaw"
    assert "dtmf_type" not in freeswitch(odd)
    assert yealink(odd)["outbound_proxy_enable"] == "0"
    assert grandstream(odd)["P48"] == ""


@pytest.mark.parametrize("value", BREAKING)
@pytest.mark.parametrize("field", ["login", "auth_name", "password"])
def test_what_breaks_a_line_is_refused_without_being_told(field: str, value: str) -> None:
    with pytest.raises(UnwritableError) as refusal:
        parameters(**{field: value})
    assert value not in refusal.value.message


@pytest.mark.parametrize(
    "value", ["", "sip.example;x", "a b", "http://x", "x:5060", "-x", "x\n", "ключ.бел", "a" * 200]
)
def test_a_server_is_a_host_name(value: str) -> None:
    with pytest.raises(UnwritableError, match="это не имя сервера"):
        parameters(registrar=value)


@settings(deadline=None, max_examples=300)
@given(label=words, login=words, password=words)
@example(label="\n[evil]\ntype=endpoint", login="x", password="y")
@example(label="--> <P2>x</P2> <!--", login="a;b", password="$${x}")
def test_nothing_typed_becomes_more_than_a_value(label: str, login: str, password: str) -> None:
    try:
        shown = parameters(label=label, login=login, auth_name=login, password=password)
    except UnwritableError:
        return
    sections = asterisk(shown)
    assert sections.keys() == asterisk(parameters()).keys()
    assert [key for key, _ in sections["sip-375447112030"]] == [
        key for key, _ in asterisk(parameters())["sip-375447112030"]
    ]
    auth = dict(sections["sip-375447112030-auth"])
    assert (auth["username"], auth["password"]) == (login, password)
    gateway = freeswitch(shown)
    assert gateway.keys() == freeswitch(parameters()).keys()
    assert (gateway["username"], gateway["password"]) == (login, password)
    _phones_hold(shown, login, password)


def _phones_hold(shown: SipParameters, login: str, password: str) -> None:
    values = grandstream(shown)
    assert values.keys() == grandstream(parameters()).keys()
    assert (values["P35"], values["P34"]) == (login, password)
    try:
        settings = yealink(shown)
    except UnwritableError:
        assert re.search(r"[^A-Za-z0-9]", login + password)
        return
    assert settings.keys() == yealink(parameters()).keys()
    assert (settings["user_name"], settings["password"]) == (login, password)


@pytest.mark.parametrize("value", ["%NULL%", "a#b", 'a"b', "a;b", "a$b", "a<b", "a&b", "пароль"])
def test_yealink_refuses_what_a_phone_could_take_otherwise(value: str) -> None:
    with pytest.raises(UnwritableError, match="Yealink"):
        FILES["yealink"].render(parameters(password=value))


@pytest.mark.parametrize(
    ("module", "seen"),
    [
        ("asterisk", {"password": "a;b"}),
        ("freeswitch", {"password": "$${x}"}),
        ("freeswitch", {"password": "X-PRE-PROCESS"}),
    ],
)
def test_without_escapes_the_fault_is_seen(module: str, seen: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: without the escapes the parsers read another value."""
    from subscribers.sip import asterisk as first
    from subscribers.sip import freeswitch as second

    monkeypatch.setattr(first if module == "asterisk" else second, "_escaped", lambda value: value)
    shown = parameters(**seen)
    read = dict(asterisk(shown)["sip-375447112030-auth"]) if module == "asterisk" else freeswitch(shown)
    assert read.get("password") != seen["password"]


def test_a_password_is_not_in_the_parameters_text() -> None:
    assert SECRET not in repr(parameters())


def test_file_names_are_made_of_the_number_alone() -> None:
    hostile = parameters(label='"; filename=x', login="../../etc")
    assert [kind.file_name(hostile) for kind in FILES.values()] == [
        "asterisk-sip-375447112030.conf", "freeswitch-sip-375447112030.xml", "yealink-sip-375447112030.cfg",
        "grandstream-sip-375447112030.xml", "fanvil-sip-375447112030.xml",
    ]  # fmt: skip
