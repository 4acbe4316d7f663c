"""The process that outlives its owner: parent of an environment's processes, and the one who ends it."""
