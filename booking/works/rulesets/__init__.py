"""How long before works people must be told, and how: rule sets as data, and the engine that reads them.

``engine`` and ``reading`` are pure. Source: notice-rules.md "Rules are data".
"""
