"""What may not be done, or not now, in a sentence for the person who asked."""


class Refusal(Exception):
    """The text is fit to show."""
