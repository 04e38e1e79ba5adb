"""The services of Lodestar. None imports another; they know each other by `shared.contracts` alone."""
