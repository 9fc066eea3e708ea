"""A source's rules rewrite numbers before they are matched; no pattern and no number makes one run long (4.4)."""

import time
from io import BytesIO

import pytest

from subscribers.cdr import CallFormat, Options, RawCall, read
from subscribers.cdr.rewriting import MOST_RULES, NUMBER_LENGTH, RuleError, RuleField, rewriter, rules

BOTH = {"field": "both"}


@pytest.mark.parametrize(
    ("rule", "number", "becomes"),
    [
        ({"kind": "strip", "text": "99"}, "99375291112233", "375291112233"),
        ({"kind": "strip", "text": "99"}, "375291112233", "375291112233"),
        ({"kind": "prefix", "text": "375"}, "291112233", "375291112233"),
        ({"kind": "prefix", "text": "375"}, "375291112233", "375291112233"),
        ({"kind": "prefix", "text": "375"}, "", ""),
        ({"kind": "replace", "text": r"9(\d{7})", "to": r"37517\1"}, "92223344", "375172223344"),
        ({"kind": "replace", "text": r"9(\d{7})", "to": r"37517\1"}, "922233445", "922233445"),
        ({"kind": "replace", "text": r"(?:sip:)?(\d+)@.*", "to": r"\1"}, "sip:375291112233@10.0.0.1", "375291112233"),
        ({"kind": "replace", "text": r"(?:0017|8)(\d{9})", "to": r"+375\1"}, "0017291112233", "+375291112233"),
    ],
)
def test_what_a_rule_does(rule: dict[str, str], number: str, becomes: str) -> None:
    assert rewriter(rules([BOTH | rule]), RuleField.CALLED)(number) == becomes


def test_rules_follow_each_other_and_know_their_field() -> None:
    found = rules([
        {"field": "called", "kind": "strip", "text": "#"},
        {"field": "both", "kind": "prefix", "text": "375"},
    ])  # fmt: skip
    assert rewriter(found, RuleField.CALLED)("#291112233") == "375291112233"
    assert rewriter(found, RuleField.CALLING)("#291112233") == "375#291112233"


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "strip", "text": ""},
        {"kind": "strip", "text": "1" * 101},
        {"kind": "drop", "text": "1"},
        {"kind": "replace", "text": "["},
        {"kind": "replace", "text": r"(\d+", "to": ""},
        {"kind": "replace", "text": r"(\d+)", "to": r"\2"},
        {"kind": "replace", "text": r"(\d)\1", "to": ""},
        {"kind": "replace", "text": r"(?=\d+)\d", "to": ""},
        {"kind": "replace", "text": r"(\d+)+", "to": ""},
        {"kind": "replace", "text": r"(\d{1,9}){1,9}", "to": ""},
        {"kind": "replace", "text": r"(1|11)*", "to": ""},
        {"kind": "replace", "text": r"(1|1\d?)+", "to": ""},
        {"kind": "replace", "text": r"\d*\d*\d*\d*", "to": ""},
        {"kind": "replace", "text": r"\d*\d*\d*x", "to": ""},
        {"kind": "replace", "text": r"\d{0,16}" * 6, "to": ""},
        {"kind": "replace", "text": "(1|11)" * 13 + r"\d*\d*", "to": ""},
        {"kind": "replace", "text": "(" * 60 + ")" * 40},
    ],
)
def test_a_wrong_or_dangerous_rule_is_refused_with_a_reason(rule: dict[str, str]) -> None:
    with pytest.raises(RuleError, match=r"[а-я]"):
        rules([BOTH | rule])


def test_too_many_rules_are_refused() -> None:
    with pytest.raises(RuleError, match="не больше"):
        rules([BOTH | {"kind": "strip", "text": "9"}] * (MOST_RULES + 1))


def test_the_rules_of_a_source_together_are_bounded() -> None:
    one = BOTH | {"kind": "replace", "text": r"\d*\d*x", "to": ""}
    assert len(rules([one] * 4)) == 4
    with pytest.raises(RuleError, match="вместе"):
        rules([one] * 5)


@pytest.mark.parametrize(
    ("pattern", "times"),
    [(r"\d*\d*x", 4), (r".*1.*x", 4), (r"(?:\d\d)*\d*?x", 4), ("(?:1|11)" * 8 + r"\d*x", 1), (r"\d*x", MOST_RULES)],
)
def test_the_slowest_rules_that_are_allowed_end_at_once(pattern: str, times: int) -> None:
    change = rewriter(rules([BOTH | {"kind": "replace", "text": pattern, "to": ""}] * times), RuleField.CALLED)
    began = time.process_time()
    for last in range(10):
        change("1" * (NUMBER_LENGTH - 1) + str(last))
    assert time.process_time() - began < 0.5


def test_a_file_is_read_with_its_rules_and_counts_once_without_them() -> None:
    line = "src,dst,start,billsec\n92223344,99375291112233,2026-10-05 10:00:00,60\n"
    options = Options(
        rules=rules([
            {"field": "called", "kind": "strip", "text": "99"},
            {"field": "calling", "kind": "replace", "text": r"9(\d{7})", "to": r"37517\1"},
        ])
    )  # fmt: skip
    (with_rules,) = read(BytesIO(line.encode()), CallFormat.GENERIC, options)
    (without,) = read(BytesIO(line.encode()), CallFormat.GENERIC)
    assert isinstance(with_rules, RawCall)
    assert isinstance(without, RawCall)
    assert (with_rules.calling, with_rules.called) == ("375172223344", "375291112233")
    assert with_rules.fingerprint == without.fingerprint
