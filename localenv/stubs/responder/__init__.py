"""Programs that do for the stub server what mappings cannot express."""
