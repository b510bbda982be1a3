"""Answer a question about metrics: `python -m publish.metrics query --metrics deaths`.

MetricFlow's own command `mf`, which asks a package index for a newer version of itself
first; here it asks nothing of the network.
"""

from dbt_metricflow.cli import main


class NoUpdates:
    """In place of the checker that asks a package index."""

    def check(self, *_: str) -> None:
        """Find no newer version."""


if __name__ == "__main__":
    main.UpdateChecker = NoUpdates
    main.cli()
