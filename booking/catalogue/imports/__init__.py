"""Lists of real places made into resources: read a file, see what it is, map its rows, store them.

``reading`` knows files, ``mappings`` the shapes of known publishers, ``loading`` the database. The rows' publishers,
columns and faults are described in docs/administrators/importing.md.
"""

from booking.catalogue.imports.loading import Outcome, Report, load
from booking.catalogue.imports.mappings import MAPPINGS, Draft, Mapping, RowRefused, detect
from booking.catalogue.imports.reading import FileRefused, Row, Sheet, read

__all__ = [
    "MAPPINGS",
    "Draft",
    "FileRefused",
    "Mapping",
    "Outcome",
    "Report",
    "Row",
    "RowRefused",
    "Sheet",
    "detect",
    "load",
    "read",
]
