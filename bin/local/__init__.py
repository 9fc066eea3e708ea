"""Code that `bin/run` and `bin/test` share: it starts and stops the portal's servers on this machine.

The product imports nothing from here. All modules but `mail` need only Python, so that they work before any package is
installed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python comes as far as this line
    sys.exit("error: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + " (" + sys.executable + ")")
