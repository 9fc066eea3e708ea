"""Computes the constant parts of a compiled template: they become text, and neighbouring texts become one.

Constant are, if they have no variables: `translate`, `blocktranslate` and `_("…")`, because the portal has one language
(with several `LANGUAGES` they stay); `static`; `url`, whose text is kept for each prefix of the site; and tags whose
function is marked as `pure`, such as `icon`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.template import Context, Node, NodeList, Template
from django.template.base import FilterExpression, TextNode
from django.template.defaulttags import CommentNode, IfNode, LoadNode, TemplateLiteral
from django.template.library import SimpleNode
from django.template.loader_tags import ExtendsNode
from django.template.smartif import TokenBase
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe

from sipcabinet.lib.templates import names, quick
from sipcabinet.lib.templates.names import is_literal, one_language

F = TypeVar("F", bound=Callable[..., Any])
# Indentation is for people who read the template. In these elements it would be shown.
_INDENT = re.compile(r"\n\s+")
_KEEPS_SPACE = re.compile(r"<(pre|textarea)\b")
_NO_INDENT = re.compile(r"^(letters|pdf)/|\.txt$")


def pure(function: F) -> F:
    """Marks a template tag whose HTML depends on its arguments alone."""
    function.is_pure = True  # type: ignore[attr-defined]
    return function


def fold(template: Template) -> None:
    """Folds a template that Django has just compiled. No other thread may have the template meanwhile."""
    name = str(template.name or "")
    keeps_space = bool(_NO_INDENT.search(name) or _KEEPS_SPACE.search(str(template.source)))
    _Folding(template, keeps_space=keeps_space).list(template.nodelist)
    template.is_folded = True  # type: ignore[attr-defined]


class _Folding:
    def __init__(self, template: Template, *, keeps_space: bool) -> None:
        self._engine = template.engine
        self._context = Context()
        self._context.template = template
        self._keeps_space = keeps_space

    def list(self, nodes: NodeList) -> None:
        """Folds the nodes of a list in place."""
        folded: list[Node] = []
        for node in map(self.node, nodes):
            if isinstance(node, (CommentNode, LoadNode)):
                continue
            if isinstance(node, TextNode) and folded and isinstance(folded[-1], TextNode):
                folded[-1] = _text(folded[-1].s + node.s)
            else:
                folded.append(node)
        nodes[:] = folded
        quick.QuickNodeList.become(nodes)

    def node(self, node: Node) -> Node:
        """The node itself or what takes its place."""
        if isinstance(node, TextNode):
            return node if self._keeps_space else _text(_INDENT.sub("\n", node.s))
        for expression in _expressions(node):
            self._expression(expression)
        for nodes in _lists(node):
            self.list(nodes)
        constant = self._constant(node)
        return _text(constant) if constant is not None else self._quicker(node)

    def _expression(self, expression: FilterExpression) -> None:
        if isinstance(expression.var, Promise) and one_language():
            expression.var = mark_safe(str(expression.var))  # noqa: S308 - Django marks literals of templates so too
        for _function, arguments in expression.filters:
            for place, (is_variable, argument) in enumerate(arguments):
                if is_variable:
                    names.hasten_variable(argument)
                elif isinstance(argument, Promise) and one_language():
                    arguments[place] = (False, str(argument))
        names.hasten(expression)

    def _constant(self, node: Node) -> str | None:
        """The text of a node that has no variables."""
        if isinstance(node, TranslateNode):
            constant = not node.asvar and not node.message_context and is_literal(node.filter_expression)
            constant = constant and one_language()
        elif isinstance(node, StaticNode):
            constant = not node.varname and is_literal(node.path)
        elif isinstance(node, BlockTranslateNode):
            constant = not (node.asvar or node.extra_context or node.plural or _variables(node)) and one_language()
        elif type(node) is SimpleNode:
            pure = not node.target_var and getattr(node.func, "is_pure", False)
            constant = pure and all(map(is_literal, [*node.args, *node.kwargs.values()]))
        else:
            constant = False
        return str(node.render(self._context)) if constant else None

    def _quicker(self, node: Any) -> Node:
        """The node, which from now on is of the quick class that suits it."""
        for quick_class in quick.INSTEAD_OF.get(type(node), ()):
            if quick_class.prepare(node):
                node.__class__ = quick_class
                break
        return node  # type: ignore[no-any-return]


def _text(text: str) -> TextNode:
    return TextNode(SafeString(text))


def _variables(node: BlockTranslateNode) -> list[str]:
    return node.render_token_list(node.singular)[1]


def _expressions(node: Node) -> Iterator[FilterExpression]:
    for name, value in vars(node).items():
        if name not in {"token", "origin"}:
            yield from _within(value)


def _within(value: Any) -> Iterator[FilterExpression]:
    """Expressions in an attribute of a node: alone, in lists and dictionaries, or in a condition of `if`."""
    if isinstance(value, FilterExpression):
        yield value
    elif isinstance(value, NodeList):
        return
    elif isinstance(value, dict):
        for one in value.values():
            yield from _within(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _within(one)
    elif isinstance(value, TemplateLiteral):
        yield from _within(value.value)
    elif isinstance(value, TokenBase):
        yield from _within(value.first)
        yield from _within(value.second)


def _lists(node: Node) -> Iterator[NodeList]:
    if isinstance(node, IfNode):
        for _condition, nodes in node.conditions_nodelists:
            yield nodes
        return
    if isinstance(node, ExtendsNode):
        for block in node.blocks.values():
            yield block.nodelist
        return
    yield from (value for value in vars(node).values() if isinstance(value, NodeList))
