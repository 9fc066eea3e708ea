"""The loader of templates: Django's cached loader, which also folds each template that it compiles."""

import threading
from typing import Any

from django.template import Template
from django.template.loaders.cached import Loader as CachedLoader

from sipcabinet.lib.templates import folding


class Loader(CachedLoader):
    """Compiles each template once in a process. With `debug` of the engine it stays as Django compiles it.

    Folding changes a template in place, so nobody gets a template before it is folded: a second thread that asks for
    the template meanwhile waits. Locks `_alone`, which is reentrant: a tag that is folded may load a template.
    """

    def __init__(self, engine: Any, loaders: Any) -> None:
        super().__init__(engine, loaders)
        self._alone = threading.RLock()

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        known: Any = self.get_template_cache.get(self.cache_key(template_name, skip))
        if getattr(known, "is_folded", False):
            return known  # type: ignore[no-any-return]
        with self._alone:
            template = super().get_template(template_name, skip)
            if not self.engine.debug and not getattr(template, "is_folded", False):
                folding.fold(template)
        return template
