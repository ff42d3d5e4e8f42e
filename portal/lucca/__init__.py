"""The client: HTTP and Lucca, no table of ours. https://developers.lucca.fr/api-reference/legacy/

What it needs of the portal (a place in the request budget, a record of each call) comes in by
argument from `portal.connect`.
"""
