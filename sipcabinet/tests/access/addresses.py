"""The portal's URLs by their names, with objects of the world as arguments."""

import re

from django.urls import reverse

from sipcabinet.tests.access.patterns import Pattern, all_patterns
from sipcabinet.tests.access.world import World

PATTERNS = {pattern.name: pattern for pattern in all_patterns()}


def url_of(pattern: Pattern, world: World) -> str:
    if not pattern.is_named:
        return "/" + re.sub(r"<path:\w+>|\(\?P<url>.*", "nowhere", pattern.route)
    return reverse(pattern.name, kwargs={name: world.argument(pattern.name, name) for name in pattern.arguments})
