"""Rows that lie close to each other."""
