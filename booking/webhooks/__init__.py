"""Other programs are told what happens: signed, at least once, in the order in which it happened."""
