"""What leaves a model: its vectors, an index of them, and everybody's lists, in files that others read."""
