"""Pages of rosters: a case's roster, one's own duties, and the pages behind links, without an account."""

from booking.rosters.public.linked import duty_join, duty_page
from booking.rosters.public.roster import case_duties, my_duties

__all__ = ["case_duties", "duty_join", "duty_page", "my_duties"]
