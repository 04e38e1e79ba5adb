"""Where chance comes from.

Rule: it is printed, so that LODESTAR_SEED=<seed> repeats a run.
"""

import os
import random


def drawn_seed() -> int:
    """The seed of this test, from the environment or new."""
    seed = int(os.environ.get("LODESTAR_SEED") or random.SystemRandom().randrange(10**6))
    print(f"LODESTAR_SEED={seed}")
    return seed
