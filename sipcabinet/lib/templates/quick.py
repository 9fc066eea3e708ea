"""Nodes of Django's templates that give the same output in fewer steps. `folding` puts them in the place of Django's.

They differ from Django's only in the way: an answer that the short way cannot give is asked of Django's own code.
"""

import html
from typing import Any

from django.conf import settings
from django.template import Context, NodeList, Template
from django.template.base import TextNode, VariableDoesNotExist, VariableNode, render_value_in_context
from django.template.defaulttags import CycleNode, ForNode, IfChangedNode, IfNode, TemplateLiteral, URLNode, WithNode
from django.template.library import SimpleNode
from django.template.loader_tags import BLOCK_CONTEXT_KEY, BlockContext, BlockNode, ExtendsNode, IncludeNode
from django.templatetags.i18n import BlockTranslateNode
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf
from django.utils import translation
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from sipcabinet.lib.templates import urls
from sipcabinet.lib.templates.names import Getter, getter, is_literal, one_language

_GROUPED = 1000  # from here on Django may group the digits of a number


class QuickNodeList(NodeList):
    """Django's list, without the notes that it makes for the debugging page, and without a call for each text."""

    parts: list[Any]  # texts, and the `render` of other nodes

    @classmethod
    def become(cls, nodes: Any) -> None:
        """Makes a list of Django's class one of this class. Its nodes stay as they are from now on."""
        nodes.parts = [SafeString(node.s) if type(node) is TextNode else node.render for node in nodes]
        nodes.__class__ = cls

    def render(self, context: Context) -> SafeString:
        return SafeString("".join([part if type(part) is SafeString else part(context) for part in self.parts]))


class QuickVariableNode(VariableNode):
    get: Getter

    @classmethod
    def prepare(cls, node: Any) -> bool:
        node.get = getter(node.filter_expression)
        return True

    def render(self, context: Any) -> str:
        value = self.get(context)
        kind = type(value)
        if kind is SafeString:
            return value  # type: ignore[no-any-return]
        if kind is str and context.autoescape:
            return html.escape(value)
        if kind is int and -_GROUPED < value < _GROUPED:
            return str(value)
        return render_value_in_context(value, context)


class QuickIfNode(IfNode):
    """`{% if %}`; the conditions are functions, None for `{% else %}`."""

    cases: list[tuple[Getter | None, NodeList]]

    @classmethod
    def prepare(cls, node: Any) -> bool:
        node.cases = [(_condition(condition), nodes) for condition, nodes in node.conditions_nodelists]
        return True

    def render(self, context: Any) -> str:
        for holds, nodes in self.cases:
            try:
                if holds is not None and not holds(context):
                    continue
            except VariableDoesNotExist:
                continue
            return nodes.render(context) if nodes else ""
        return ""


class QuickForNode(ForNode):
    """`{% for %}` with one name."""

    sequence_of: Getter

    @classmethod
    def prepare(cls, node: Any) -> bool:
        node.sequence_of = getter(node.sequence, ignore_failures=True)
        return not node.is_reversed and len(node.loopvars) == 1

    def render(self, context: Any) -> SafeString:
        values: Any = self.sequence_of(context)
        if values is None:
            values = []
        if not hasattr(values, "__len__"):
            values = list(values)
        if not values:
            nothing: Any = self.nodelist_empty
            return nothing.render(context)  # type: ignore[no-any-return]
        loop_nodes: Any = self.nodelist_loop
        parts, count, name = loop_nodes.parts, len(values), self.loopvars[0]
        shown: list[str] = []
        outer = context.get("forloop", {})
        with context.push() as layer:
            loop = layer["forloop"] = {"parentloop": outer}
            for place, layer[name] in enumerate(values):
                loop["counter0"], loop["counter"] = place, place + 1
                loop["revcounter"], loop["revcounter0"] = count - place, count - place - 1
                loop["first"], loop["last"] = place == 0, place == count - 1
                shown += [part if type(part) is SafeString else part(context) for part in parts]
        return SafeString("".join(shown))


class QuickWithNode(WithNode):
    getters: dict[str, Getter]

    @classmethod
    def prepare(cls, node: Any) -> bool:
        node.getters = _getters(node.extra_context)
        return True

    def render(self, context: Any) -> SafeString:
        layers = context.dicts
        layers.append({name: get(context) for name, get in self.getters.items()})
        try:
            return self.nodelist.render(context)
        finally:
            layers.pop()


class QuickSimpleNode(SimpleNode):
    """A tag that is a function, without the context."""

    args_of: list[Getter]
    kwargs_of: dict[str, Getter]

    @classmethod
    def prepare(cls, node: Any) -> bool:
        node.args_of, node.kwargs_of = list(map(getter, node.args)), _getters(node.kwargs)
        return not node.takes_context

    def render(self, context: Any) -> Any:
        made = self.func(
            *[get(context) for get in self.args_of], **{name: get(context) for name, get in self.kwargs_of.items()}
        )
        if self.target_var is not None:
            context[self.target_var] = made
            return ""
        return made if type(made) is SafeString or not context.autoescape else conditional_escape(made)


class KeptURLNode(URLNode):
    """`{% url %}` of a name without arguments: its text is kept for each prefix of the site and each `urlconf`."""

    kept: dict[tuple[str, str], str]

    @classmethod
    def prepare(cls, node: Any) -> bool:
        node.kept = {}
        return not node.args and not node.kwargs and is_literal(node.view_name)

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

    getters: list[Getter]

    @classmethod
    def prepare(cls, node: Any) -> bool:
        node.getters = list(map(getter, node.args))
        return not node.kwargs and is_literal(node.view_name)

    def render(self, context: Any) -> str:
        args = [get(context) for get in self.getters]
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
    getters: dict[str, Getter]

    @classmethod
    def prepare(cls, node: Any) -> bool:
        node.found, node.getters = None, _getters(node.extra_context)
        return is_literal(node.template) and not node.isolated_context

    def render(self, context: Any) -> SafeString:
        template = self.found
        if template is None:
            name = self.template.resolve(context)
            if name.startswith("."):
                return super().render(context)
            self.found = template = context.template.engine.get_template(name)
        layers = context.dicts
        layers.append({name: get(context) for name, get in self.getters.items()})
        try:
            return template.nodelist.render(context) if _is_plain(template) else template.render(context)
        finally:
            layers.pop()


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

    @classmethod
    def prepare(cls, node: Any) -> bool:
        node.found = None
        return is_literal(node.parent_name)

    def render(self, context: Any) -> str:
        found = self.found
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

    @classmethod
    def prepare(cls, _node: Any) -> bool:
        return True

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
    getters: dict[str, Getter]

    @classmethod
    def prepare(cls, node: Any) -> bool:
        if not one_language() or node.plural or node.message_context:
            return False
        text, node.names = node.render_token_list(node.singular)
        node.message = translation.gettext(text)
        node.getters = _getters(node.extra_context)
        return True

    def render(self, context: Any, nested: bool = False) -> str:
        values = {name: get(context) for name, get in self.getters.items()}
        with context.push(**values):
            filled = self.message % {
                name: render_value_in_context(context.get(name, ""), context) for name in self.names
            }
        text = SafeString(filled)
        if self.asvar:
            context[self.asvar] = text
            return ""
        return text


def _getters(values: dict[str, Any]) -> dict[str, Getter]:
    return {name: getter(value) for name, value in values.items()}


def _condition(condition: Any) -> Any:
    """A condition of `if` as a function; None for `else`."""
    if isinstance(condition, TemplateLiteral):
        literal: Any = condition
        literal.eval = getter(literal.value, ignore_failures=True)
    elif condition is not None:
        _condition(condition.first)
        _condition(condition.second)
    return condition and condition.eval


# Which quick classes may take the place of Django's. Each looks in `prepare` whether it suits the node, and gives the
# node what its `render` needs.
INSTEAD_OF: dict[type, list[Any]] = {
    BlockNode: [QuickBlockNode],
    BlockTranslateNode: [QuickBlockTranslateNode],
    ExtendsNode: [QuickExtendsNode],
    ForNode: [QuickForNode],
    IfNode: [QuickIfNode],
    IncludeNode: [QuickIncludeNode],
    SimpleNode: [QuickSimpleNode],
    URLNode: [KeptURLNode, QuickURLNode],
    VariableNode: [QuickVariableNode],
    WithNode: [QuickWithNode],
}
