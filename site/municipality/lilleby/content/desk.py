"""Lists of the queue that Lilleby's people keep. Invented."""

from __future__ import annotations

#: (who keeps it, the unit that it is shared in or "", name, filters)
LISTS = (
    ("tone", "kultur-og-idrett", "Lillebyhallen", "tab=unit&resource=lillebyhallen"),
    ("tone", "kultur-og-idrett", "Bør ses på", "tab=all&flag=needs_answer&flag=handed&flag=no_reply&flag=taken_over"),
    ("ingrid", "", "Uleste", "tab=all&unread=yes"),
)
#: Who finds the morning's letter in the sent mail.
READ_IN_THE_MORNING = ("ingrid", "jonas")
