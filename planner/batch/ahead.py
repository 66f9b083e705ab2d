"""What every worker process of this machine needs, imported once: they are forked from the process that did.

They share its memory, begin at once, and their garbage collector passes over what came with the imports.
"""

import gc
from importlib import import_module

gc.disable()
for name in ("distributed", "planner.batch.solving"):
    import_module(name)
gc.freeze()
gc.enable()
