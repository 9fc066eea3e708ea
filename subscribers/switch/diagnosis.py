"""«Всё ли настроено»: in words, what is wrong with a trunk's access, from what the switch knows (3.4)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from sipcabinet.lib import clock, phones, words
from subscribers.sip import SipParameters
from subscribers.switch.live import Known, Refusal


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence with its tone: `ok`, `warn` or `err`."""

    tone: str
    text: str


def of(parameters: SipParameters, known: Known, number: Callable[[str], str] = phones.display) -> list[Finding]:
    """What the customer should know, the worst first; a single `ok` if all is well. `number` writes the number of
    another person as the reader may see it."""
    refused = _refused(parameters, known.refusals, number)
    found = [*_registration(parameters, known), *refused, *_channels(parameters, known)]
    if not found:
        found = [Finding("ok", _("Всё настроено: коммутатор видит ваше оборудование, отказов за сутки не было."))]
    return sorted(found, key=lambda one: one.tone != "err")


def _registration(parameters: SipParameters, known: Known) -> Iterator[Finding]:
    if not parameters.registers or known.registrations:
        return
    if known.last_seen is None:
        yield Finding(
            "err",
            _(
                "Оборудование ещё ни разу не зарегистрировалось. Проверьте сервер %(server)s, логин и пароль,"
                " и не закрыт ли доступ в межсетевом экране."
            )
            % {"server": parameters.server},
        )
    else:
        when = clock.show_moment(known.last_seen)
        yield Finding(
            "err",
            _("Сейчас оборудование не зарегистрировано, звонки к нему не доходят. В последний раз: %(when)s.")
            % {"when": when},
        )


def _refused(parameters: SipParameters, refusals: Sequence[Refusal], number: Callable[[str], str]) -> Iterator[Finding]:
    if wrong := [one for one in refusals if one.reason == "password"]:
        many = words.counted(len(wrong), "попытка", "попытки", "попыток")
        yield Finding(
            "err" if parameters.registers else "warn",
            _("Неверный пароль за сутки: %(many)s, последняя с адреса %(source)s, %(when)s.")
            % {"many": many, "source": wrong[0].source, "when": clock.show_moment(wrong[0].at)},
        )
    if strange := sorted({one.source for one in refusals if one.reason == "address"}):
        yield Finding(
            "err",
            _("Звонки с адреса, которого нет среди разрешённых: %(sources)s. Разрешены: %(allowed)s.")
            % {"sources": ", ".join(strange[:3]), "allowed": ", ".join(parameters.allowed_addresses)},
        )
    if foreign := sorted({one.caller for one in refusals if one.reason == "caller" and one.caller}):
        yield Finding(
            "warn",
            _("Оборудование показывает чужой номер: %(numbers)s. Такие звонки не проходят.")
            % {"numbers": ", ".join(map(number, foreign[:3]))},
        )


def _channels(parameters: SipParameters, known: Known) -> Iterator[Finding]:
    full = [one for one in known.refusals if one.reason in {"channels", "channels-in"}]
    taken = sum(one.logins.count(parameters.auth_name) for one in known.talks)
    if known.talks and taken >= parameters.channels:
        yield Finding("warn", _("Сейчас заняты все каналы: новые звонки не пройдут."))
    elif full:
        many = words.counted(len(full), "раз", "раза", "раз")
        yield Finding(
            "warn",
            _("За сутки звонки не проходили, потому что были заняты все каналы: %(many)s.") % {"many": many},
        )
