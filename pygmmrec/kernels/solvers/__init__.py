"""Closed forms and their like: neighbours by what sets have in common, ridge regressions, elastic nets."""
