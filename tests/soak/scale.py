"""How much of a heavy proof is run: all of it by `make soak`, a hundredth elsewhere."""

from __future__ import annotations

import os
import random

SCALE = float(os.environ.get("OTLP_SOAK_SCALE", "0.01"))
SEED = int(os.environ.get("OTLP_TEST_SEED", random.SystemRandom().randrange(2**32)))
"""Set OTLP_TEST_SEED to the printed number to see a failure again."""
MEMORY_BYTES = 1024**3
"""What one worker may hold."""
