"""What `envs/<env>.yaml` says: read at the door, every mistake at its place, normalised to one form."""
