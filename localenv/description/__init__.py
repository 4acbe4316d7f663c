"""Read `envs/<env>.yaml`: validate at the boundary, report every mistake with its position, normalise to one form."""
