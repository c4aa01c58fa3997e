"""Which interactions train, which choose and which are scored once."""
