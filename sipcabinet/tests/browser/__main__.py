"""What `bin/shots` runs: the pages know models, which have to be there first."""

import sys

import django

django.setup()

from sipcabinet.tests.browser.shots import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
