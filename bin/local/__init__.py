"""What `bin/run` and `bin/test` share: the portal's own servers, started and stopped on this machine.

Nothing here is imported by the product. Everything but `mail` needs Python alone, so that it works before any package
is installed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python comes as far as this line
    sys.exit("error: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + " (" + sys.executable + ")")
