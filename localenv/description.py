"""What `envs/<env>.yaml` says."""
