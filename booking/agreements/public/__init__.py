"""Pages about an organisation's own agreements: list, page, letter, writing down, answering, tasks, documents."""

from booking.agreements.public.acts import confirm, decline, document, document_new, document_remove, notice, task_done
from booking.agreements.public.pages import agreement, agreements, change, letter, new

__all__ = [
    "agreement", "agreements", "change", "confirm", "decline", "document", "document_new", "document_remove", "letter",
    "new", "notice", "task_done",
]  # fmt: skip
