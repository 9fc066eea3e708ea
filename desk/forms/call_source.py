"""A source of calls: where its records come from and how they are read (4.4)."""

import hashlib
import json
import re
from typing import Any

from django import forms
from django.core.validators import validate_slug
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.forms import Form
from subscribers.cdr import ColumnMapping
from subscribers.cdr.rewriting import RuleError, rules
from subscribers.models import LONGEST_SECONDS, AccountCode, CallSource, SourceKind, SwitchFormat
from subscribers.selectors import sources
from subscribers.services.call_sources import FORMATS

FIELDS = tuple(ColumnMapping.__dataclass_fields__)
_RULE = re.compile(
    r"(?P<field>А|Б|оба)\s*:\s*(?:(?P<kind>убрать|добавить)\s+(?P<text>\S+)"
    r"|заменить\s+(?P<pattern>\S+)\s+на(?:\s+(?P<to>\S*))?)",
    re.IGNORECASE,
)
_WHOSE = {"а": "calling", "б": "called", "оба": "both"}
_KINDS = {"убрать": "strip", "добавить": "prefix"}


class CallSourceForm(Form):
    """The settings of a source, and records and numbers on which they are tried. Name, kind and format never change."""

    name = forms.CharField(
        label=gettext_lazy("Имя источника"),
        max_length=50,
        validators=[validate_slug],
        help_text=gettext_lazy("Латинские буквы, цифры, дефис. Так называется и папка станции в CALLS_INBOX"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-s"}),
        error_messages={"required": gettext_lazy("Введите имя источника")},
    )
    kind = forms.ChoiceField(label=gettext_lazy("Откуда записи"), choices=SourceKind.choices)
    format = forms.ChoiceField(
        label=gettext_lazy("Формат файлов"),
        choices=SwitchFormat.choices,
        required=False,
        help_text=gettext_lazy("Только для файлов: базу и HTTP портал читает своим способом"),
    )
    zone = forms.CharField(
        label=gettext_lazy("Часовой пояс станции"),
        max_length=40,
        help_text=gettext_lazy("Для времени без смещения: Europe/Minsk, UTC или +03:00. Наш Kamailio пишет в UTC"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-s"}),
        error_messages={"required": gettext_lazy("Введите часовой пояс")},
    )
    account_code = forms.ChoiceField(
        label=gettext_lazy("Код лицевого счёта в записях"),
        choices=AccountCode.choices,
        help_text=gettext_lazy("По нему находится SIP-соединение, если номер звонящего не наш"),
    )
    longest = forms.IntegerField(
        label=gettext_lazy("Самый длинный разговор, минут"),
        min_value=1,
        max_value=31 * 24 * 60,
        widget=forms.NumberInput(attrs={"class": "w-s", "inputmode": "numeric"}),
        help_text=gettext_lazy("Более длинный звонок ждёт решения: возможно, станция не записала его конец"),
    )
    has_header = forms.BooleanField(
        label=gettext_lazy("В CSV первая строка — заголовок"),
        required=False,
        help_text=gettext_lazy("Без заголовка (cdr_custom) колонки называются номерами, с 1"),
    )
    columns = forms.CharField(
        label=gettext_lazy("Колонки"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "w-full", "spellcheck": "false"}),
        help_text=gettext_lazy("По одной в строке: calling = A-номер. Обычные имена портал знает сам"),
    )
    rules = forms.CharField(
        label=gettext_lazy("Замены в номерах"),
        required=False,
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "w-full", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "По одной в строке, по порядку: «Б: убрать 99», «А: добавить 375», «оба: заменить 9(\\d{7}) на 37517\\1»"
        ),
    )
    numbers = forms.CharField(
        label=gettext_lazy("Номера для пробы"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "w-full", "spellcheck": "false"}),
        help_text=gettext_lazy("Как их пишет станция, через пробел или с новой строки: покажем, что из них получится"),
    )
    sample = forms.CharField(
        label=gettext_lazy("Записи для пробы"),
        required=False,
        strip=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5, "class": "w-full", "spellcheck": "false"}),
        help_text=gettext_lazy("Первые строки файла станции вместе с заголовком. Базу и HTTP портал покажет сам"),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)

    def __init__(self, source: CallSource | None, data: Any = None) -> None:
        super().__init__(data, initial=_initial(source))
        self.source = source
        for name in ("name", "kind", "format") if source else ():
            self.fields[name].disabled = True

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"].strip()
        try:
            sources.zone_of(zone)
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return zone

    def clean_columns(self) -> dict[str, str]:
        """The source's own names by field."""
        found: dict[str, str] = {}
        for line in filter(None, map(str.strip, self.cleaned_data["columns"].splitlines())):
            field, sign, column = (part.strip() for part in line.partition("="))
            if field not in (*FIELDS, "sip_code") or not sign or not column or field in found:
                known = ", ".join(FIELDS)
                raise forms.ValidationError(_("Не понятно: «%(line)s». Поля: %(known)s") % {
                    "line": line[:60], "known": known,
                })  # fmt: skip
            found[field] = column[:100]
        return found

    def clean_rules(self) -> list[dict[str, str]]:
        """The rules as they are stored."""
        found = []
        for line in filter(None, map(str.strip, self.cleaned_data["rules"].splitlines())):
            told = _RULE.fullmatch(line)
            if told is None:
                raise forms.ValidationError(_("Не понятно: «%(line)s»") % {"line": line[:80]})
            found.append(_rule(told))
            try:
                rules(found)
            except RuleError as fault:
                told_fault = {"line": line[:80], "fault": fault}
                raise forms.ValidationError(_("«%(line)s»: %(fault)s") % told_fault) from fault
        return found

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        if told.get("kind") == SourceKind.FILES and not told.get("format"):
            self.add_error("format", _("Выберите формат файлов"))
        by_number = told.get("kind") == SourceKind.FILES and told.get("format") == "generic"
        if by_number and not told.get("has_header"):
            for column in (told.get("columns") or {}).values():
                if not (column.isascii() and column.isdecimal()):
                    fault = _("Без заголовка колонки называются номерами, с 1: %(column)s") % {"column": column}
                    self.add_error("columns", fault)
                    break
        return told

    def candidate(self) -> CallSource:
        """The source with these settings; not saved."""
        told = self.cleaned_data
        found = self.source or CallSource(name=told["name"], kind=told["kind"])
        if self.source is None:
            found.format = FORMATS.get(SourceKind(found.kind), told["format"])
        found.zone, found.account_code = told["zone"], told["account_code"]
        found.longest_seconds, found.has_header = told["longest"] * 60, told["has_header"]
        found.columns, found.rules = told["columns"], told["rules"]
        return found

    def mark(self) -> str:
        """Identifies the settings that a preview has shown."""
        names = ("name", "kind", "format", "zone", "longest", "has_header", "columns", "rules")
        told = {name: self.cleaned_data[name] for name in names}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _rule(told: re.Match[str]) -> dict[str, str]:
    field = _WHOSE[told["field"].casefold()]
    if told["pattern"]:
        return {"field": field, "kind": "replace", "text": told["pattern"], "to": told["to"] or ""}
    return {"field": field, "kind": _KINDS[told["kind"].casefold()], "text": told["text"], "to": ""}


def _initial(source: CallSource | None) -> dict[str, Any]:
    if source is None:
        return {"zone": "Europe/Minsk", "longest": LONGEST_SECONDS // 60, "has_header": True}
    return {
        "name": source.name,
        "kind": source.kind,
        "format": source.format,
        "zone": source.zone,
        "account_code": source.account_code,
        "longest": max(1, source.longest_seconds // 60),
        "has_header": source.has_header,
        "columns": "\n".join(f"{field} = {column}" for field, column in source.columns.items()),
        "rules": "\n".join(map(_in_words, source.rules)),
    }


def _in_words(rule: dict[str, str]) -> str:
    """A stored rule as staff write it."""
    whose = {"calling": "А", "called": "Б", "both": "оба"}[rule["field"]]
    if rule["kind"] == "replace":
        return f"{whose}: заменить {rule['text']} на {rule.get('to', '')}".rstrip()
    return f"{whose}: {'убрать' if rule['kind'] == 'strip' else 'добавить'} {rule['text']}"
