"""From a request to an environment that works: what is known before, and the start itself."""
