"""Training by several processes, outside of model files: who they are, and which columns each of them has."""
