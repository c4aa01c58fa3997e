"""What a run leaves on disk, and how it is read again: weights, state, metrics, whose rows are whose."""
