"""Make `market_data` importable, and share what several suites need."""

import pytest
from market_data.consumer import ConsumerConfig
from market_data.records import Trade


@pytest.fixture
def config(tmp_path):
    """Small batches, no waiting, one empty batch ends the run."""
    return ConsumerConfig(
        servers=f"memory://{tmp_path}",
        group="trades-writer",
        topics=("market.equities.trades.asx",),
        output=tmp_path,
        batch_size=3,
        poll_timeout=0.0,
        idle_limit=1,
    )


@pytest.fixture
def trade():
    return Trade(
        exchange="asx", symbol="BHP", price=45.5, sequence=12345, timestamp=1700000000000000
    )
