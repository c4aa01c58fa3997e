"""Tables of which each process of several holds some columns."""
