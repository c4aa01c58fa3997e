"""Searches on validation, in studies of Optuna that any number of processes and machines may share."""
