"""What every worker process of this machine needs, imported once: they are forked from the process that did.

They share its memory, begin at once, and their garbage collector passes over what came with the imports.
"""

import gc

gc.disable()

import distributed  # noqa: E402, F401

import planner.batch.solving  # noqa: E402, F401

gc.freeze()
gc.enable()
