"""Base classes for the doors (API, staff, public): they know no model of a capability and get selectors handed in."""
