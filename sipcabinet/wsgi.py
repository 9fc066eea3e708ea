"""WSGI entry point, served by granian (sipcabinet/serve.py)."""

import os

from django.core.wsgi import get_wsgi_application

from sipcabinet.lib.plain_input import PlainRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sipcabinet.settings")
portal = get_wsgi_application()
portal.request_class = PlainRequest

from sipcabinet.lib import metrics  # noqa: E402 - Django is set up above
from sipcabinet.site.lanes import behind_lanes  # noqa: E402

metrics.keep()
application = behind_lanes(portal)
