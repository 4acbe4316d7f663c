"""A program that answers for the stub server what mappings cannot express; WireMock proxies to it.

`handlers` has one module per subject; `windows` ends the windows of rate limits.
"""

PORT = "localenv.responder"  # the name of its port on this machine
SCHEME = "responder:"  # in a mapping: `responder:SUBJECT/REST` is resolved to its address
