"""Where a scenario's figures come from: what is found, derived, known in general, or assumed."""
