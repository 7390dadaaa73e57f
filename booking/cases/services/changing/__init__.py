"""A granted line can be changed: the change is a proposal on the line, and the old time stands until it is granted.

What only shrinks is granted at once, and so is what the rules grant by themselves. Of a series one date, one and those
after it, or all can be changed; lines keep their identity, and what is split off is a series of its own (feeds.md).
Source: requests.md "Deciding" and "Series and baskets".
"""

from booking.cases.services.changing.dates import add_back, dates_left_out
from booking.cases.services.changing.proposals import decide_change, propose_change, withdraw_change
from booking.cases.services.changing.wishes import Wish

__all__ = ["Wish", "add_back", "dates_left_out", "decide_change", "propose_change", "withdraw_change"]
