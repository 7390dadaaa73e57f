"""Kits: a named set of things with quantities, lent as one (requests.md "Series and baskets")."""
