"""What permits connect when Django starts."""


def connect() -> None:
    """Fill the registries of the floors below."""
