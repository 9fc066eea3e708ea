"""Django's template engine with its constant parts computed once (docs/ui.md, «How a template is compiled»).

`Loader` compiles a template as Django does and then calls `folding.fold`: translations, static files, URLs and icons
without variables become text, and `quick` replaces Django's nodes with ones that do the same in fewer steps.
"""
