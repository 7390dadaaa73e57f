"""Hearing, adoption and the running season in the CMS admin."""
