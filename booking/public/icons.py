"""The icons, drawn for Samskap on a grid of 24 with one line width. Words carry the meaning."""

from __future__ import annotations

#: name -> the inside of an <svg viewBox="0 0 24 24">.
ICONS: dict[str, str] = {
    "alert": '<path d="M12 3.5 2.5 20h19z"/><path d="M12 10v4.5M12 17.4v.1"/>',
    "archive": '<path d="M3.5 4.5h17v4h-17zM5 8.5V20h14V8.5M10 12.5h4"/>',
    "arrow-left": '<path d="M20 12H4.5M11 5l-7 7 7 7"/>',
    "arrow-right": '<path d="M4 12h15.5M13 5l7 7-7 7"/>',
    "bed": '<path d="M3 18v-6h18v6M3 16h18M5 12V7h14v5"/>',
    "bell": '<path d="M6 17V11a6 6 0 0 1 12 0v6l1.5 1.5h-15zM10 18.5a2 2 0 0 0 4 0"/>',
    "bolt": '<path d="M13 2.5 5 13.5h6L10 21.5l9-12h-6.5z"/>',
    "box": '<path d="M3.5 7.5 12 3l8.5 4.5v9L12 21l-8.5-4.5zM3.5 7.5 12 12l8.5-4.5M12 12v9"/>',
    "calendar": '<path d="M4 5.5h16V20H4zM4 10h16M8.5 3v4.5M15.5 3v4.5"/>',
    "chat": '<path d="M4 5h16v11h-8.5L7 20v-4H4z"/>',
    "check": '<path d="m4.5 12.5 5 5 10-11"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.4 2"/>',
    "coin": '<circle cx="12" cy="12" r="8.5"/><path d="M9.5 7.5v9M14.5 8l-5 4.5 5 4"/>',
    "cross": '<path d="m6 6 12 12M18 6 6 18"/>',
    "dot": '<circle cx="12" cy="12" r="3.5"/>',
    "door": '<path d="M6 21V3.5h12V21M3.5 21h17M14.5 12v.5"/>',
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M4.5 20h15"/>',
    "ear": '<path d="M7 9.5a5 5 0 0 1 10 0c0 4-3.5 4.5-4 8a2.7 2.7 0 0 1-5 .8M10 10a2 2 0 0 1 4 0"/>',
    "equipment": '<path d="M3.5 16.5h12V7h-12zM15.5 10.5h3l2 3v3h-5"/><circle cx="7.5" cy="17" r="1.8"/><circle cx="17.5" cy="17" r="1.8"/>',  # noqa: E501
    "flag": '<path d="M5.5 21V4M5.5 4.5h12l-2.5 4 2.5 4h-12"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>',
    "half": '<path d="m2.5 13 4 4L15 8M13.5 15.5l1.5 1.5 7-8"/>',
    "help": '<path d="M4 13c2-2.5 4-2.5 6-.5h3.5a1.5 1.5 0 0 1 0 3H10M14.5 14.5l4-2.5a1.6 1.6 0 0 1 1.8 2.5L14 19H8l-4 1.5M12 9.5V4.5M9.5 7h5"/>',  # noqa: E501
    "house": '<path d="M3.5 11.5 12 4l8.5 7.5M6 9.5V20h12V9.5M10 20v-5.5h4V20"/>',
    "inbox": '<path d="M3.5 13.5 6.5 5h11l3 8.5V19h-17zM3.5 13.5H9l1 2.5h4l1-2.5h5.5"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 7.8v.1"/>',
    "key": '<circle cx="8" cy="12" r="4"/><path d="M12 12h8.5M17 12v3.5M20.5 12v2.5"/>',
    "lift": '<path d="M5 3.5h14v17H5zM12 3.5v17M8.5 13.5v-4M7 11l1.5-1.5L10 11M15.5 10.5v4M14 13l1.5 1.5L17 13"/>',
    "list": '<path d="M8.5 6h12M8.5 12h12M8.5 18h12M4 6v.1M4 12v.1M4 18v.1"/>',
    "lock": '<path d="M5 10.5h14V20H5zM8 10.5V7.5a4 4 0 0 1 8 0v3"/>',
    "mail": '<path d="M3.5 5.5h17v13h-17zM3.5 7l8.5 6 8.5-6"/>',
    "map-pin": '<path d="M12 21c5-5.5 7-8.5 7-11.5a7 7 0 0 0-14 0c0 3 2 6 7 11.5z"/><circle cx="12" cy="9.5" r="2.5"/>',
    "note": '<path d="M6 3.5h8.5L19 8v12.5H6zM14.5 3.5V8H19M9 12.5h6.5M9 16h6.5"/>',
    "pause": '<path d="M8.5 6v12M15.5 6v12"/>',
    "pencil": '<path d="m4.5 19.5 1-4.5L16 4.5l3.5 3.5L9 18.5zM13.5 7l3.5 3.5"/>',
    "people": '<circle cx="9" cy="8" r="3.2"/><path d="M3 19.5c.4-4 2.8-6 6-6s5.6 2 6 6M15.5 5.2a3 3 0 0 1 0 5.6M17.5 14c2.2.8 3.3 2.7 3.5 5.5"/>',  # noqa: E501
    "person": '<circle cx="12" cy="8" r="3.7"/><path d="M4.5 20.5c.5-4.5 3.5-7 7.5-7s7 2.5 7.5 7"/>',
    "phone": '<path d="M5 4h4l1.5 4.5-2.3 1.7a12 12 0 0 0 5.6 5.6l1.7-2.3L20 15v4c0 1-1 1.5-2 1.5C10.5 20 4 13.5 3.5 6c0-1 .5-2 1.5-2z"/>',  # noqa: E501
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "queue": '<path d="M5 6h10M5 12h10M5 18h6M19 8v9M16.5 14.5 19 17l2.5-2.5"/>',
    "reply": '<path d="M9.5 5 4 10.5 9.5 16M4 10.5h9.5a6.5 6.5 0 0 1 6.5 6.5v2"/>',
    "scale": '<path d="M12 4v16M7.5 20h9M5 7.5l7-2 7 2M5 7.5 2.5 14h5zM19 7.5 16.5 14h5z"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "send": '<path d="M20.5 3.5 3 10.5l7 3.5 3.5 7zM10 14l10.5-10.5"/>',
    "star": '<path d="m12 3.5 2.6 5.5 6 .8-4.4 4.2 1.1 6-5.3-3-5.3 3 1.1-6L3.4 9.8l6-.8z"/>',
    "step-free": '<circle cx="10.5" cy="4.5" r="1.5"/><path d="M10.5 8v6h5l2.5 5M8 11.2A5 5 0 1 0 14.5 18M10.5 10.5h4"/>',  # noqa: E501
    "swap": '<path d="M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4"/>',
    "toilet": '<path d="M6 3.5h4.5V11H6zM6 11h12c0 3.5-2 5.5-4.5 6l.5 3.5H8.5L9 16.5C7 15.5 6 13.5 6 11z"/>',
    "tree": '<path d="m12 3 6 8h-3.5l4 5.5h-13l4-5.5H6zM12 16.5V21"/>',
    "undo": '<path d="M8.5 5 4 9.5 8.5 14M4 9.5h10a5 5 0 0 1 0 10h-4"/>',
    "works": '<path d="M12 4.5 6 20h12zM9.4 11h5.2M7.7 15.5h8.6M3.5 20h17"/>',
}

#: What stands for a resource of that kind when it has no picture.
KIND_ICONS = {"venue": "house", "area": "tree", "equipment": "equipment", "help": "help"}

#: The dot on the timeline, by type of event (api.md).
EVENT_ICONS = {
    "received": "inbox",
    "receipt_sent": "mail",
    "assigned": "person",
    "officer_changed": "person",
    "handed_over": "swap",
    "holding_reply": "pause",
    "late_status_sent": "alert",
    "asked": "reply",
    "answered": "chat",
    "message": "chat",
    "granted": "check",
    "partly_granted": "half",
    "automatic_approval": "bolt",
    "refused": "cross",
    "waiting_listed": "queue",
    "offered": "star",
    "withdrawn": "undo",
    "cancelled": "undo",
    "displaced": "alert",
    "restored": "check",
    "appealed": "scale",
    "escalated": "flag",
    "nudged": "clock",
    "disqualified": "scale",
    "permit_changed": "note",
    "duty_changed": "people",
}
