"""What the names of a template stand for, found in fewer steps than Django takes.

`getter` makes one function of an expression such as `call.cost|money`. The function takes the short way for what pages
are mostly made of: an attribute of an object, a key of a dictionary, filters of the portal. An answer that the short
way cannot give is asked of Django's own code, so the values are the same.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.template.base import FilterExpression, Variable, VariableDoesNotExist
from django.utils.safestring import SafeData, mark_safe
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]

Getter = Callable[[Any], Any]

_MISSING = object()
_BY_ATTRIBUTE: set[type] = set()  # classes whose objects have names as attributes alone, numbers aside


def getter(expression: FilterExpression, *, ignore_failures: bool = False) -> Getter:
    """The function from a context to the value of the expression: to what `expression.resolve` returns."""

    def missing(context: Any) -> Any:
        text = None if ignore_failures else context.template.engine.string_if_invalid
        return text % expression.var if text and "%s" in text else text

    if not expression.is_var:
        find = _always(expression.var)
    elif expression.var.lookups is None:
        find = expression.var.resolve
    else:
        find = _finder(expression.var, _always(_MISSING) if expression.filters else missing)
    if not expression.filters:
        return find
    filters = [_filter(function, arguments) for function, arguments in expression.filters]

    def get(context: Any) -> Any:
        value = find(context)
        if value is _MISSING:
            value = missing(context)
            if value:
                return value
        for apply in filters:
            value = apply(value, context)
        return value

    return get


def is_literal(expression: Any) -> bool:
    """Whether the expression is a text or a number without filters."""
    if expression.filters:
        return False
    return not expression.is_var or expression.var.lookups is None


def one_language() -> bool:
    """Whether a translation is the same on each page."""
    return len(settings.LANGUAGES) == 1


def _always(value: Any) -> Getter:
    return lambda _context: value


# --- Names -----------------------------------------------------------------------------------------------------------
def _finder(variable: Variable, missing: Getter) -> Getter:  # noqa: C901 - a call for each step would cost more
    """Finds what a name stands for; a name that stands for nothing gives what `missing` returns."""
    names: Any = variable.lookups
    first, rest = names[0], names[1:]

    def by_django(context: Any) -> Any:
        try:
            return variable.resolve(context)
        except VariableDoesNotExist:
            return missing(context)

    def find(context: Any) -> Any:
        for layer in reversed(context.dicts):
            if first in layer:
                break
        else:
            return missing(context)
        try:
            value = layer[first]
            if callable(value):
                value = _called(value)
            for name in rest:
                value = getattr(value, name) if type(value) in _BY_ATTRIBUTE else _within(value, name)
                if callable(value):
                    value = _called(value)
        except VariableDoesNotExist:
            return missing(context)
        except Exception:  # noqa: BLE001 - Django's own code says what this means
            return by_django(context)
        return value

    return by_django if any(name.isdigit() for name in rest) else find


class QuickVariable(Variable):
    """Looks a name up without an exception for each attribute of an object."""

    __slots__ = ()

    def _resolve_lookup(self, context: Any) -> Any:
        names: Any = self.lookups
        first = names[0]
        for layer in reversed(context.dicts):
            if first in layer:
                current = layer[first]
                break
        else:
            raise VariableDoesNotExist("Failed lookup for key [%s] in %r", (first, context))
        try:
            if callable(current):
                current = _called(current)
            for bit in names[1:]:
                current = _within(current, bit)
                if callable(current):
                    current = _called(current)
        except VariableDoesNotExist:
            raise
        except Exception:  # noqa: BLE001 - Django's own code says what this means
            return super()._resolve_lookup(context)  # type: ignore[misc]
        return current


def _within(current: Any, bit: str) -> Any:
    """What a name leads to in an object. Raises VariableDoesNotExist where nothing can be found, which Django's code
    would find out by several exceptions, and other errors where it has to be asked."""
    kind = type(current)
    if current is None or (kind is dict and bit not in current and not _may_be_more(bit)):
        raise VariableDoesNotExist("Failed lookup for key [%s] in %r", (bit, current))
    if isinstance(current, (tuple, list, str)):
        _BY_ATTRIBUTE.add(kind)
        return current[int(bit)] if bit.isdigit() else getattr(current, bit)
    if hasattr(kind, "__getitem__"):
        try:
            return current[bit]
        except (TypeError, AttributeError, KeyError, ValueError, IndexError):
            return getattr(current, bit)
    _BY_ATTRIBUTE.add(kind)
    return getattr(current, bit)


def _may_be_more(bit: str) -> bool:
    """Whether a name that is no key of a dictionary may be one of its methods or a number."""
    return bit.isdigit() or hasattr(dict, bit)


def _called(current: Any) -> Any:
    """The value of a function or method that a template names; raises TypeError where Django decides otherwise."""
    if getattr(current, "do_not_call_in_templates", False):
        return current
    if getattr(current, "alters_data", False):
        raise TypeError
    return current()


class QuickExpression(FilterExpression):
    """A value that mostly has no filters, of a node that resolves its expressions by itself."""

    __slots__ = ()

    def resolve(self, context: Any, ignore_failures: bool = False) -> Any:
        if self.filters or not self.is_var:
            return super().resolve(context, ignore_failures)
        try:
            return self.var.resolve(context)
        except VariableDoesNotExist:
            return None if ignore_failures else context.template.engine.string_if_invalid


def hasten(expression: FilterExpression) -> None:
    """Makes an expression and its variable quick."""
    if isinstance(expression.var, Variable):
        hasten_variable(expression.var)
    if type(expression) is FilterExpression:
        expression.__class__ = QuickExpression


def hasten_variable(variable: Variable) -> None:
    if type(variable) is Variable and variable.lookups is not None:
        variable.__class__ = QuickVariable


# --- Filters ---------------------------------------------------------------------------------------------------------
def _filter(function: Any, arguments: list[tuple[bool, Any]]) -> Callable[[Any, Any], Any]:
    """A filter as a function of the value and the context."""
    localtime = getattr(function, "expects_localtime", False)
    options = ("autoescape",) if getattr(function, "needs_autoescape", False) else ()
    keeps_safe = getattr(function, "is_safe", False)
    if not (localtime or options or keeps_safe or arguments):
        return lambda value, _context: function(value)
    given = [(is_name, argument if is_name else mark_safe(argument)) for is_name, argument in arguments]  # noqa: S308

    def apply(value: Any, context: Any) -> Any:
        values = [argument.resolve(context) if is_name else argument for is_name, argument in given]
        if localtime:
            value = template_localtime(value, context.use_tz)
        made = function(value, *values, **dict.fromkeys(options, context.autoescape))
        return mark_safe(made) if keeps_safe and isinstance(value, SafeData) else made  # noqa: S308 - as Django does

    return apply
