"""Studies of one model: variants of it, compared part by part."""
