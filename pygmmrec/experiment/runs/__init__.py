"""Training runs, each done once, and pieces of work in processes."""
