"""Texts compared in any case and with ё = е: `plain` in Python, `Plain` in SQL. Both give the same result.

The SQL functions are immutable, so indexes may use them. A migration of accounts creates them.
"""

import re
from typing import Any

from django.db.models import Func, TextField

CREATE_FUNCTIONS = """
CREATE OR REPLACE FUNCTION sipcabinet_plain(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT translate(lower($1), 'ё', 'е') $$;

CREATE OR REPLACE FUNCTION sipcabinet_words(text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT word FROM regexp_split_to_table(translate(lower($1), 'ё', 'е'), '[^[:alnum:]]+') AS word
    WHERE length(word) > 1
$$;
"""
DROP_FUNCTIONS = "DROP FUNCTION sipcabinet_words(text); DROP FUNCTION sipcabinet_plain(text);"
_BETWEEN_WORDS = re.compile(r"[\W_]+")


class Plain(Func):
    """A column's text in small letters, with е for ё."""

    function = "sipcabinet_plain"
    arity = 1

    def __init__(self, expression: Any, **extra: Any) -> None:
        super().__init__(expression, output_field=TextField(), **extra)


def plain(text: str) -> str:
    """The text in small letters, with е for ё; it has as many characters as before, so positions stay the same."""
    return "".join(_small(sign) for sign in text)


def words(text: str) -> list[str]:
    """The words of a text in the spelling of `plain`. In SQL `sipcabinet_words`, which leaves out single signs."""
    return [word for word in _BETWEEN_WORDS.split(plain(text)) if word]


def _small(sign: str) -> str:
    low = sign.lower()[0]  # İ has two small letters
    return "е" if low == "ё" else low
