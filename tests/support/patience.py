"""How long a test waits for what has to happen: only a test that fails waits that long.

Long, for no right answer is late: a machine that is busy with other things takes its time.
"""

from __future__ import annotations

import os

# The guards are tested with tests that must fail, and need not do so slowly.
PATIENCE_S = float(os.environ.get("TEST_PATIENCE_S", "120"))
PATIENCE_MS = round(PATIENCE_S * 1000)
