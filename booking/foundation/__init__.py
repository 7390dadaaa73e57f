"""The ground floor: intervals, clock, working days, references, errors, settings. It imports no other floor.

Only ``references``, ``models`` and ``doors`` know the database; everything else is plain Python.
"""
