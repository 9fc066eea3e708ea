"""One search for everything (4.1).

`typed` reads what was typed; `people`, `numbers`, `documents` and `traffic` choose the rows of their tables; `finding`
joins them in one query; `near` finds what mistyped words may mean.
"""
