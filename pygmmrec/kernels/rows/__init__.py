"""Rows of a table: gathered, scaled, dropped, averaged."""
