"""Mathematics on tensors, without parameters: a room per operation, its plain twin and its backends."""
