"""The best columns of each row of scores, in blocks."""
