"""Which figures an answer hangs on: the weakest of a scenario moved, one at a time, and the plan made anew."""
