"""Sums over all pairs of rows, tile by tile: the pairs are never stored."""
