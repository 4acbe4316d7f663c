"""From a description to a running environment and back to nothing."""
