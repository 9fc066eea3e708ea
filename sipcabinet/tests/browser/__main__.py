"""The command that `bin/shots` runs. It sets Django up first, because `pages` imports models."""

import sys

import django

django.setup()

from sipcabinet.tests.browser.shots import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
