"""Templates compiled once for each language, with their sentences already translated.

A page has a hundred sentences that never change. Looked up at each rendering they cost more than the
rest of the page; here the compiler puts the translation in their place. Plurals are still looked up.
A template is known as "fr:records/card.html" inside the environment.
"""

from functools import cache
from types import FunctionType
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask
from flask.templating import Environment
from flask_babel import get_locale
from jinja2 import BaseLoader, Template, nodes
from jinja2.compiler import CodeGenerator
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from services import translations

_SIGN = ":"
_OF_EVERY_DICT = frozenset(dir(dict))


class LanguageLoader(BaseLoader):
    """Finds the source of a template whatever its language."""

    def __init__(self, loader: BaseLoader) -> None:
        self._loader = loader

    def get_source(self, environment: Any, template: str) -> Any:
        return self._loader.get_source(environment, template.rpartition(_SIGN)[2])


class LanguageEnvironment(Environment):
    """Gives every page its templates in the language of its reader."""

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, loader=LanguageLoader(app.create_global_jinja_loader()), **options)
        self.code_generator_class = TranslatingGenerator
        self.template_class = SharedTemplate
        self.context_class = QuickContext
        self.as_html = as_html
        self._at_hand: dict[tuple[str, str], Template] = {}

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> Template:
        """A page loads fifty templates, most of them pieces and macros: after the first time they are at hand."""
        if not isinstance(name, str):
            return super().get_template(name, parent, globals)
        if parent is None:
            locale = get_locale()
            language = locale.language if locale is not None else "en"
        else:
            language = parent.partition(_SIGN)[0]
        found = self._at_hand.get((language, name))
        if found is None:
            found = super().get_template(f"{language}{_SIGN}{name}", None, globals)
            if not self.auto_reload:
                self._at_hand[language, name] = found
        return found

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute, or an entry of a mapping: of those, menus and rows ask mostly, and mostly in vain."""
        if type(obj) is dict and attribute not in _OF_EVERY_DICT:
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return super().getattr(obj, attribute)


class SharedTemplate(Template):
    """A template whose macros are made once: all templates have the same globals, so nothing is compared."""

    def _get_default_module(self, ctx: Any = None) -> TemplateModule:
        return super()._get_default_module()


class QuickContext(Context):
    """Calls macros and plain functions without asking first what each wants to know: a card calls two hundred."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        kind = type(called)
        if kind is not Macro and (kind is not FunctionType or hasattr(called, "jinja_pass_arg")):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        return called(*args, **kwargs)


def as_html(value: Any) -> str:
    """A value that is no plain text as it stands in a page: what `escape` gives, but as a plain text.

    `escape` wraps each piece in a class of its own; a list has a thousand pieces, joined at once into one text.
    """
    kind = type(value)
    if kind is int:
        return str(value)
    return value if kind is Markup else str(escape(value))


class TranslatingGenerator(CodeGenerator):
    """Writes the code of a template after its sentences were translated."""

    def _output_child_pre(self, node: nodes.Expr, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            # Most values are plain texts: those are escaped on the spot, without a call of ours.
            self.write("(escape_text(shown) if (shown := (")

    def _output_child_post(self, node: nodes.Expr, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_post(node, frame, finalize)
        else:
            self.write(")).__class__ is str else environment.as_html(shown))")

    def visit_Template(self, node: nodes.Template, frame: Any = None) -> None:
        if self.name is not None and _SIGN in self.name:
            node = _Translator(_catalogue(self.name.partition(_SIGN)[0])).visit(node)
        self.writeline("from markupsafe import _escape_inner as escape_text")
        super().visit_Template(node, frame)


class _Translator(NodeTransformer):
    """Puts the translation in the place of `_("a sentence")`; a translation is safe HTML, as in a page."""

    def __init__(self, catalogue: NullTranslations) -> None:
        self._catalogue = catalogue

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        called = node.node
        if not (isinstance(called, nodes.Name) and called.name == "_") or node.dyn_args or node.dyn_kwargs:
            return node
        if not (len(node.args) == 1 and isinstance(sentence := node.args[0], nodes.Const)):
            return node
        said = self._catalogue.gettext(sentence.value)
        if not node.kwargs:
            return nodes.MarkSafe(nodes.Const(said % {}), lineno=node.lineno)
        # What is put into a safe sentence is escaped.
        names = [nodes.Pair(nodes.Const(one.key), one.value) for one in node.kwargs]
        whole = nodes.MarkSafe(nodes.Const(said), lineno=node.lineno)
        return nodes.Mod(whole, nodes.Dict(names), lineno=node.lineno)


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(str(translations.FOLDER), [language])
