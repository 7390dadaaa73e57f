"""E-mail that comes in. Three doors (a command, a mailbox, HTTP), one service: `accept`."""

from booking.correspondence.incoming.accepting import accept, erase_raw, raw_of, read_again, route_waiting

__all__ = ["accept", "erase_raw", "raw_of", "read_again", "route_waiting"]
