"""What the queue runs for plans. The arguments are keys and nothing else."""

from reports.plans import starting


def start_planned(pk: int) -> None:
    starting.start_one(pk)
