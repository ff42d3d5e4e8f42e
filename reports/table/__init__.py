"""A report as a table: how its file is written, what its columns are, and quick looks into it.

The file is read once into a SQLite file of its own (`build`), which is a copy to be made again at
any time; what is handed out is always the file as it was received.
"""
