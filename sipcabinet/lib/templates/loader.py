"""The loader of templates: Django's cached loader, which also folds each template that it compiles."""

from typing import Any

from django.template import Template
from django.template.loaders.cached import Loader as CachedLoader

from sipcabinet.lib.templates import folding


class Loader(CachedLoader):
    """Compiles each template once in a process. With `debug` of the engine it stays as Django compiles it."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        if not self.engine.debug and not getattr(template, "is_folded", False):
            folding.fold(template)
        return template
