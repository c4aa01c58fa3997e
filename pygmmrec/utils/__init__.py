"""Pure tensor functions, each said once."""
