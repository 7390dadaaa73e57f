"""The officer's desk: lists that are kept by name, the morning's letter, and the two acts that its links allow."""
