"""The weekly grid: a row per employee, a column per day, cells that name a place.

A grid is turned into the lines of the ordinary form, one for each day or half-day that a cell
names, on the way from the sheet to the check; what follows knows lines only. Each line keeps where
it stood, so that everything that is said about it names its row and its cell.
"""
