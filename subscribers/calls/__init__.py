"""The calls engine: imports files of switches, matches and stores calls, counts included minutes, re-rates.

Other packages use the modules `imports`, `watch`, `sources`, `known_files`, `rejects`, `doubles`, `rerating`,
`months`, `allowances`, `peaks`, `partitions` and `second_legs`. The others are internal (`pyproject.toml`).
"""
