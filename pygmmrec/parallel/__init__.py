"""Training by several processes, outside of model files."""
