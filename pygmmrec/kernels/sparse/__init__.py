"""Sparse matrices: what they are, and all that multiplies, adds, weighs or picks from them."""
