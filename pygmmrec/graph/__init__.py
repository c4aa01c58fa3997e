"""How a graph is laid out, and how it is read: modalities, raw ids, indices of nodes. No mathematics."""
