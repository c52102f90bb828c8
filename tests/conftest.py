"""What every test runs under."""

from __future__ import annotations

import os

from hypothesis import settings

# No window is ever opened, and a busy machine is not a failure. Where no one can repeat a failing draw by
# hand, the draws are the same every time.
os.environ.setdefault("MPLBACKEND", "Agg")
settings.register_profile("negosim", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("negosim")
