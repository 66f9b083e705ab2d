"""Why the plan is so: what more of anything scarce is worth, and what decisions not taken would cost."""
