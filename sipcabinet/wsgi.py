"""WSGI entry point, served by granian (sipcabinet/serve.py)."""

import os

from django.core.wsgi import get_wsgi_application

from sipcabinet.lib.plain_input import PlainRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sipcabinet.settings")
portal = get_wsgi_application()
portal.request_class = PlainRequest

from sipcabinet.site.lanes import behind_lanes  # noqa: E402 - Django is set up above

application = behind_lanes(portal)
