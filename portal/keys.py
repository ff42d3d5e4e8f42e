"""Keys of rows, as addresses and forms name them."""


def key_of(text: str) -> int:
    """0, which no row has, for what is no key: other signs, or more digits than fit."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
