"""The Lucca portal: its version, which every request to Lucca names in its User-Agent."""

__version__ = "0.1.0"
