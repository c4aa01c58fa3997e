"""What takes part in an experiment, and with which settings: models, presets, spaces, data sets, budgets."""
