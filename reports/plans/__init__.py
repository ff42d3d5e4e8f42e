"""Plans: exports and reports that are asked for by themselves, and what did not happen."""
