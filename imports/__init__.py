"""User-location imports: batches of lines on their way into Lucca Office."""
