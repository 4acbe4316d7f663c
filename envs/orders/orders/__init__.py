"""A small shop's orders: an HTTP API and a worker, the service under work in this repository's own environments."""
