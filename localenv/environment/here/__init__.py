"""Services that run on this machine, in place of their containers or processes."""
