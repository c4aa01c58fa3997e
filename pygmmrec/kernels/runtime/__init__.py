"""How kernels run: threads, compilation, memory, and which backend serves a tensor."""
