"""Certificates of authorities, loaded once: each `httpx.get` of a test would do so again, which takes 40 ms."""

from functools import cache

import httpx._transports.default as used

vars(used)["create_ssl_context"] = cache(vars(used)["create_ssl_context"])
