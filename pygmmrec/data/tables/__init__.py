"""Tables from files, by pyarrow: delimited text, Parquet, Feather, JSON lines, and lists of items."""
