"""Take changes of services' files over while an environment runs."""
