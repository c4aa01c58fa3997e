"""The steps from a table of events to pairs of users and items: each says which rows it leaves out."""
