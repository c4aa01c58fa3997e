"""Files of features, one reader for each format; nothing in them is ever unpickled."""
