"""Followers without an account (needs N14, N8): an address, encrypted, or only a secret page; and what they follow.

Floors above tell what happens through ``services.tell``; what a kind of news says is registered in ``registry``.
"""
