"""Numbers in a payment's purpose: marked as an account, unmarked, or marked as something else (4.6). Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = re.compile(r"(?<![\d.,])\d{5,12}(?![\d])(?![.,]\d)")  # shorter ones are years, longer ones not accounts
_SIGN = r"(?:№|n[o°º]?|ном\w*)?"
_GAP = r"[\s:=.,(\-\u2013\u2014]{0,4}"
_LETTER = "а-яёa-z"
# «л/с», «л.с.», «лс», «лиц. счёт», «лицевого счета», «л/счёт», «лиц/сч»; also Latin letters that look the same.
_ACCOUNT = (
    rf"(?<![{_LETTER}])(?:л\s*[/.\\|-]?\s*[сc](?:ч[её]?т?\w*)?(?![{_LETTER}])"
    r"|лиц\w*[\s./\\-]*сч(?:[её]т\w*)?)"
)
_WHOSE = r"(?:\s*(?:абонента|клиента|плательщика|потребителя|номер))?"
_GROUPS = r"\d+(?:[ \u00a0-]\d+)*"  # after the mark the number may be written in groups: «л/с № 700 100 001»
_MARKED = re.compile(
    rf"{_ACCOUNT}{_WHOSE}{_GAP}{_SIGN}{_GAP}({_GROUPS}(?:\s*(?:,|;|\+|и)\s*{_SIGN}\s*{_GROUPS})*)", re.IGNORECASE
)
# A number, or list of numbers, after one of these words is not an account.
_LISTED = (
    r"дог\w*|контр\w*|сч[её]т\w*(?:\s*-?\s*(?:фактур\w*|протокол\w*))?|сч|сч\s*[-/]\s*ф|с\s*[-/]\s*ф|эсчф"
    r"|акт\w*|заказ\w*|заявк\w*|коррект\w*"
)
_SINGLE = (
    r"унп|инн|унн|упн|окпо|кпп|бик|bic|код\w*|тел\w*|факс\w*|моб\w*|дат[аыеу]|сумм\w*|р\s*/\s*сч?|расч\w*\s*сч\w*|iban"
    r"|п\s*/\s*п|пл\w*\s*пор\w*|ттн|тн|накладн\w*|лиценз\w*|паспорт\w*|индекс\w*|ндс|от"
)
_OTHER = re.compile(
    rf"(?<![{_LETTER}])(?:(?P<list>{_LISTED})|(?P<one>{_SINGLE}))(?![{_LETTER}]){_GAP}{_SIGN}{_GAP}\+?"
    rf"(?:[{_LETTER}]{{1,6}}\s*[-/]\s*)?(?P<number>\d+)"
    r"(?P<rest>(?:\s*[,;/]\s*(?:№\s*)?\d+(?![\d.]))*)",
    re.IGNORECASE,
)
_PHONE = re.compile(r"\+\s*\d[\d\s()-]{5,}")
_MONEY = re.compile(r"\d+\s*(?:руб\w*|коп\w*|byn|бел\w*\s*руб\w*|%)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PurposeNumbers:
    """Numbers that may be accounts. `marked`: after «л/с», in each possible reading; `plain`: without a word before."""

    marked: frozenset[str]
    plain: frozenset[str]

    @property
    def every(self) -> frozenset[str]:
        return self.marked | self.plain


def numbers(purpose: str) -> PurposeNumbers:
    """Finds the numbers in a purpose; numbers marked as something else are left out."""
    marked = {found for match in _MARKED.finditer(purpose) for found in _read(match[1])}
    rest = _MARKED.sub(" ; ", purpose)
    rest = _OTHER.sub(_keep_what_is_not_listed, _PHONE.sub(" ; ", rest))
    return PurposeNumbers(frozenset(marked), frozenset(_NUMBER.findall(_MONEY.sub(" ; ", rest))))


def _read(told: str) -> Iterator[str]:
    """Each number of a list; for a number in groups, also each of its beginnings."""
    for one in re.split(r"[,;+и]", told):
        joined = ""
        for group in re.findall(r"\d+", one):
            joined += group
            yield joined


def _keep_what_is_not_listed(match: re.Match[str]) -> str:
    """Removes the number after the word, and the numbers listed after it only if the word can have a list."""
    return " ; " if match["list"] else f" ; {match['rest']}"
