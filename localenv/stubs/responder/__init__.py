"""A program that answers for the stub server what mappings cannot express; WireMock proxies to it.

`handlers` has one module per subject; `windows` ends the windows of rate limits.
"""

PORT = "localenv.responder"  # the name of its port on this machine
RESOURCES = "resources"  # the subject that keeps what is created at stateful upstreams
SCHEME = "responder:"  # in a mapping: `responder:SUBJECT/REST` is resolved to its address
