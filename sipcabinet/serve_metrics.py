"""Starts the server of the metrics on METRICS_HOST and METRICS_PORT.

    python -m sipcabinet.serve_metrics

Exit codes: 0 ended by a signal or METRICS_PORT is empty, 2 the address cannot be used (one line on stderr).
"""

import os
import signal
import sys

import django


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sipcabinet.settings")
    django.setup()

    from django.conf import settings

    from sipcabinet.site import exporter

    if not settings.METRICS_PORT:
        sys.stderr.write("METRICS_PORT is empty: there are no metrics\n")
        return 0
    try:
        exporter.run(settings.METRICS_HOST, settings.METRICS_PORT)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"error: metrics on {settings.METRICS_HOST}:{settings.METRICS_PORT}: {error}\n")
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
