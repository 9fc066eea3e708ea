"""Nodes of Django's templates that give the same output in fewer steps. `folding` puts them in the place of Django's.

They differ from Django's only in the way: an answer that the short way cannot give is asked of Django's own code.
"""

import html
from typing import Any

from django.conf import settings
from django.template import Context, NodeList, Template
from django.template.base import (
    FilterExpression,
    TextNode,
    Variable,
    VariableDoesNotExist,
    VariableNode,
    render_value_in_context,
)
from django.template.defaulttags import CycleNode, IfChangedNode, URLNode
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, ExtendsNode, IncludeNode
from django.templatetags.i18n import BlockTranslateNode
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf
from django.utils import translation
from django.utils.safestring import SafeString

from sipcabinet.lib.templates import urls


class QuickNodeList(NodeList):
    """Django's list, without the notes that it makes for the debugging page."""

    def render(self, context: Context) -> SafeString:
        return SafeString("".join([node.render(context) for node in self]))


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
    if current is None or (type(current) is dict and bit not in current and not _may_be_more(bit)):
        raise VariableDoesNotExist("Failed lookup for key [%s] in %r", (bit, current))
    if isinstance(current, (tuple, list, str)):
        return current[int(bit)] if bit.isdigit() else getattr(current, bit)
    if hasattr(type(current), "__getitem__"):
        try:
            return current[bit]
        except (TypeError, AttributeError, KeyError, ValueError, IndexError):
            return getattr(current, bit)
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
    """A value that mostly has no filters."""

    __slots__ = ()

    def resolve(self, context: Any, ignore_failures: bool = False) -> Any:
        if self.filters or not self.is_var:
            return super().resolve(context, ignore_failures)
        try:
            return self.var.resolve(context)
        except VariableDoesNotExist:
            return None if ignore_failures else context.template.engine.string_if_invalid


class QuickVariableNode(VariableNode):
    def render(self, context: Any) -> str:
        value = self.filter_expression.resolve(context)
        kind = type(value)
        if kind is SafeString:
            return value  # type: ignore[no-any-return]
        if kind is str and context.autoescape:
            return html.escape(value)
        return render_value_in_context(value, context)


class KeptURLNode(URLNode):
    """`{% url %}` of a name without arguments: its text is kept for each prefix of the site and each `urlconf`."""

    kept: dict[tuple[str, str], str]

    def render(self, context: Any) -> str:
        key = (get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF)
        url = self.kept.get(key)
        if url is None:
            url = super().render(context)
            self.kept[key] = url = context[self.asvar] if self.asvar else url
        if self.asvar:
            context[self.asvar] = url
            return ""
        return url


class QuickURLNode(URLNode):
    """`{% url %}` of a fixed name with arguments by place."""

    def render(self, context: Any) -> str:
        args = [arg.resolve(context) for arg in self.args]
        try:
            url = urls.kept(self.view_name.resolve(context), args)
        except NoReverseMatch:
            url = None
        if url is None:
            return super().render(context)
        if self.asvar:
            context[self.asvar] = url
            return ""
        return html.escape(url) if context.autoescape else url


class QuickIncludeNode(IncludeNode):
    """`{% include %}` of a fixed name: the template is found once."""

    found: Template | None

    def render(self, context: Any) -> SafeString:
        template = self.found
        if template is None:
            name = self.template.resolve(context)
            if name.startswith("."):
                return super().render(context)
            self.found = template = context.template.engine.get_template(name)
        values = {name: value.resolve(context) for name, value in self.extra_context.items()}
        with context.push(**values):
            if _is_plain(template):
                return template.nodelist.render(context)
            return template.render(context)


def _is_plain(template: Any) -> bool:
    """Whether no node of the template keeps anything in the state of the rendering."""
    known = getattr(template, "is_plain", None)
    if known is None:
        stateful = (CycleNode, IfChangedNode, BlockNode, ExtendsNode)
        known = not any(template.nodelist.get_nodes_by_type(kind) for kind in stateful)
        template.is_plain = known
    return bool(known)


class QuickExtendsNode(ExtendsNode):
    """`{% extends %}` of a fixed name: the parent is found once, and with it the parent's blocks."""

    found: tuple[Template, dict[str, BlockNode]] | None

    def render(self, context: Any) -> str:
        found = self.found  # another thread may fold the same template and empty it
        if found is None:
            self.found = found = self._find(context)
        parent: Any = found[0]
        blocks = found[1]
        state = context.render_context
        if BLOCK_CONTEXT_KEY not in state:
            state[BLOCK_CONTEXT_KEY] = BlockContext()
        state[BLOCK_CONTEXT_KEY].add_blocks(self.blocks)
        if blocks:
            state[BLOCK_CONTEXT_KEY].add_blocks(blocks)
        with state.push_state(parent, isolated_context=False):
            return parent._render(context)  # type: ignore[no-any-return] # noqa: SLF001 - as Django calls it

    def _find(self, context: Any) -> tuple[Template, dict[str, BlockNode]]:
        parent = self.get_parent(context)
        first = next((node for node in parent.nodelist if not isinstance(node, TextNode)), None)
        if first is None or isinstance(first, ExtendsNode):
            return parent, {}
        found: Any = parent.nodelist.get_nodes_by_type(BlockNode)
        return parent, {node.name: node for node in found}


class QuickBlockNode(BlockNode):
    """`{% block %}`. Most blocks are empty or one text, which needs no layer of the context of its own."""

    def render(self, context: Any) -> Any:
        blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
        found: Any = self if blocks is None else blocks.get_block(self.name) or self
        nodes = found.nodelist
        if not nodes:
            return ""
        if len(nodes) == 1 and type(nodes[0]) is TextNode:
            return nodes[0].s
        return super().render(context)


class QuickBlockTranslateNode(BlockTranslateNode):
    """`{% blocktranslate %}` in the portal's one language: the text is translated once."""

    message: str
    names: list[str]

    def prepare(self) -> None:
        """Translates the text. Works on a node of Django's class, which becomes of this class afterwards."""
        text, self.names = self.render_token_list(self.singular)
        self.message = translation.gettext(text)

    def render(self, context: Any, nested: bool = False) -> str:
        values = {name: value.resolve(context) for name, value in self.extra_context.items()}
        with context.push(**values):
            filled = self.message % {
                name: render_value_in_context(context.get(name, ""), context) for name in self.names
            }
        text = SafeString(filled)
        if self.asvar:
            context[self.asvar] = text
            return ""
        return text


def hasten(expression: FilterExpression) -> None:
    """Makes an expression and its variable quick."""
    if isinstance(expression.var, Variable):
        hasten_variable(expression.var)
    if type(expression) is FilterExpression:
        expression.__class__ = QuickExpression


def hasten_variable(variable: Variable) -> None:
    if type(variable) is Variable and variable.lookups is not None:
        variable.__class__ = QuickVariable
