"""What the catalogue tells higher floors."""

from __future__ import annotations

from django.dispatch import Signal

#: Somebody can't sign in any more, and their units and resources have just gone to others. Sent inside of the
#: transaction that deactivates or deletes the user, with ``leaver`` (user) and ``now``. Cases follow by this.
ownership_taken_over = Signal()
