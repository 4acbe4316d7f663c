"""The guard: the process that outlives the owner, is the parent of an environment's processes, and ends it."""
