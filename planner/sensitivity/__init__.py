"""Which figures an answer depends on: the weakest of a scenario moved, one at a time, and the plan made again."""
