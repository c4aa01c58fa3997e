"""What values may be, wherever they come from: columns, ids, numbers, times, matrices. One rule each."""
