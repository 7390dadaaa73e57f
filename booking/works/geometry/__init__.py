"""Which outlines the ground of works meets: boxes by the index first, the outlines themselves second.

``shapes`` is pure. Source: notice-rules.md "Who is affected".
"""
