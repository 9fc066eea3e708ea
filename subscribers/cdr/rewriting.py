"""Rules that rewrite numbers as a switch writes them: strip a beginning, add one, replace by a pattern (4.4).

Patterns are bounded, so that no number can make one run long: at most PATTERN_LENGTH signs, numbers of at most
NUMBER_LENGTH, no repeat or choice inside a repeat, no reference back, and at most MOST_WAYS ways to divide a number
among the repeats, of all rules of a source together (four rules with two open repeats each).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import prod
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Self

MOST_RULES = 20
PATTERN_LENGTH = 100
NUMBER_LENGTH = 64  # longer texts are no numbers and stay as they are
MOST_WAYS = 20_000  # of all rules of a source: a millisecond or two for a number at worst
_SIMPLE = {codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY, codes.AT, codes.CATEGORY}
_REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT, getattr(codes, "POSSESSIVE_REPEAT", codes.MAX_REPEAT)}


class RuleKind(StrEnum):
    STRIP = "strip"
    PREFIX = "prefix"
    REPLACE = "replace"


class RuleField(StrEnum):
    CALLING = "calling"
    CALLED = "called"
    BOTH = "both"


class RuleError(ValueError):
    """A rule cannot be used; the message is Russian, one line."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `strip`: takes the text off the beginning. `prefix`: puts the text before a number that does not begin
    with it. `replace`: where the pattern matches the whole number, the number becomes `to`, with \\1 … \\9."""

    field: RuleField
    kind: RuleKind
    text: str
    to: str = ""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Raises RuleError."""
        try:
            rule = cls(
                RuleField(told["field"]), RuleKind(told["kind"]), str(told["text"]).strip(), str(told.get("to", ""))
            )
        except (KeyError, ValueError, TypeError) as error:
            raise RuleError("правило не понятно") from error
        if not rule.text or len(rule.text) > PATTERN_LENGTH or len(rule.to) > PATTERN_LENGTH:
            raise RuleError(f"текст правила — от 1 до {PATTERN_LENGTH} знаков")
        if rule.kind is RuleKind.REPLACE:
            _check_replacement(compiled(rule.text), rule.to)
        return rule

    def applied(self, number: str) -> str:
        if len(number) > NUMBER_LENGTH:
            return number
        if self.kind is RuleKind.STRIP:
            return number.removeprefix(self.text)
        if self.kind is RuleKind.PREFIX:
            return number if not number or number.startswith(self.text) else self.text + number
        found = compiled(self.text).fullmatch(number)
        return found.expand(self.to) if found else number


def rules(told: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules in their order; raises RuleError."""
    found = tuple(Rule.of(one) for one in told)
    if len(found) > MOST_RULES:
        raise RuleError(f"правил не больше {MOST_RULES}")
    if sum(_ways_through(rule.text) for rule in found if rule.kind is RuleKind.REPLACE) > MOST_WAYS:
        raise RuleError("в выражениях правил вместе слишком много повторов")
    return found


def rewriter(found: Iterable[Rule], field: RuleField) -> Callable[[str], str]:
    """A function that applies the rules of this field, one after another. Switches repeat numbers, so it remembers."""
    mine = [rule for rule in found if rule.field in {field, RuleField.BOTH}]

    @lru_cache(maxsize=50_000)
    def rewritten(number: str) -> str:
        for rule in mine:
            number = rule.applied(number)
        return number

    return rewritten


@lru_cache(maxsize=200)
def compiled(text: str) -> re.Pattern[str]:
    """The pattern of a rule; raises RuleError if it is wrong or may run long."""
    if len(text) > PATTERN_LENGTH:
        raise RuleError(f"выражение длиннее {PATTERN_LENGTH} знаков")
    try:
        if _ways_through(text) > MOST_WAYS:
            raise RuleError("в выражении слишком много повторов")
        return re.compile(text, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise RuleError(f"выражение записано с ошибкой: {error}"[:200]) from error


@lru_cache(maxsize=200)
def _ways_through(text: str) -> int:
    return _ways(parser.parse(text), inside=False)


def _check_replacement(pattern: re.Pattern[str], to: str) -> None:
    """Tries the replacement on a match: every group that it names must exist."""
    try:
        parser.parse_template(to, pattern)
    except (re.error, IndexError) as error:
        raise RuleError(f"замена записана с ошибкой: {error}"[:200]) from error


def _ways(tree: Any, *, inside: bool) -> int:
    """In how many ways, at most, the parts of a pattern can divide a number; raises RuleError for other parts."""
    return prod(_ways_of(code, given, inside=inside) for code, given in tree)


def _ways_of(code: Any, given: Any, *, inside: bool) -> int:
    if code in _SIMPLE:
        return 1
    if code is codes.SUBPATTERN:
        return _ways(given[3], inside=inside)
    if inside:
        raise RuleError("повтор и выбор «|» внутри повтора не допускаются")
    if code is codes.BRANCH:
        return sum(_ways(one, inside=inside) for one in given[1])
    if code in _REPEATS:
        low, high, repeated = given
        _ways(repeated, inside=True)
        return 1 if low == high else min(int(high), NUMBER_LENGTH) + 1
    raise RuleError("допускаются только знаки, наборы, группы, выбор и повторы")
