"""The batch writer, with a disk that is never waited for."""

import gc
import json
from types import SimpleNamespace
from unittest.mock import MagicMock, Mock, patch

import pytest
from market_data.writer import BatchWriter, Catalog


class StubRow:
    def __init__(self, as_row):
        self._as_row = as_row

    def as_row(self, *_args, **_kwargs):
        return self._as_row


@pytest.fixture(scope="module", autouse=True)
def no_fsync():
    patcher = patch("market_data.writer.os.fsync")  # MEM102
    mock_fsync = patcher.start()
    yield mock_fsync
    patcher.stop()


@pytest.fixture(autouse=True)
def reset_no_fsync(no_fsync):
    yield
    no_fsync.reset_mock()


@pytest.fixture(scope="module")
def report():
    """A mock inside a plain object."""
    return SimpleNamespace(title="written parts", publish=Mock())  # MEM102


@pytest.fixture(autouse=True)
def reset_report(request):
    yield
    if "report" in request.fixturenames:
        request.getfixturevalue("report").publish.reset_mock()


@pytest.fixture(scope="class")
def class_mock_roots():
    """The class-scoped mocks, whose calls are forgotten after each test."""
    return []


@pytest.fixture(autouse=True)
def reset_class_mock_roots(class_mock_roots):
    yield
    for root in class_mock_roots:
        root.reset_mock()


@pytest.fixture(scope="class")
def mock_catalog(class_mock_roots):
    catalog_patcher = patch("market_data.writer.Catalog")  # MEM101
    catalog_class = catalog_patcher.start()
    try:
        class_mock_roots.append(catalog_class)
        catalog_class.return_value.parts.return_value = ["part-00001.jsonl"]
        yield catalog_class.return_value
    finally:
        catalog_patcher.stop()


@pytest.fixture
def failing_catalog():
    """The patch ends with the test."""
    with patch("market_data.writer.Catalog") as catalog_class:
        catalog_class.return_value.parts.return_value = []
        catalog_class.return_value.add.side_effect = OSError("disk full")
        yield catalog_class.return_value


@pytest.fixture
def writer(tmp_path):
    return BatchWriter(tmp_path)


def rows_of(part):
    return [json.loads(line) for line in part.read_text(encoding="utf-8").splitlines()]


def test_row_of_a_trade(trade):
    assert trade.as_row() == {
        "exchange": "asx",
        "symbol": "BHP",
        "price": 45.5,
        "sequence": 12345,
        "timestamp": 1700000000000000,
    }


def test_batch_becomes_a_part(writer, trade):
    part = writer.write_batch([trade, trade])
    assert part.name == "part-00001.jsonl"
    assert rows_of(part) == [trade.as_row(), trade.as_row()]


def test_parts_are_numbered_and_listed(writer, tmp_path, trade):
    names = [writer.write_batch([trade]).name for _ in range(3)]
    assert names == ["part-00001.jsonl", "part-00002.jsonl", "part-00003.jsonl"]
    assert Catalog(tmp_path / "catalog.jsonl").parts() == names


def test_numbers_continue_after_a_restart(writer, tmp_path, trade):
    writer.write_batch([trade])
    assert BatchWriter(tmp_path).write_batch([trade]).name == "part-00002.jsonl"


def test_empty_batch_is_refused(writer):
    with pytest.raises(ValueError, match="empty batch"):
        writer.write_batch([])


def test_closed_writer_refuses_batches(writer, trade):
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write_batch([trade])


def test_no_draft_is_left(writer, tmp_path, trade):
    writer.write_batch([trade])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalog.jsonl", "part-00001.jsonl"]


def test_failed_row_leaves_no_part(writer, tmp_path, trade):
    broken = Mock()
    broken.as_row.side_effect = ValueError("no row")
    with pytest.raises(ValueError, match="no row"):
        writer.write_batch([trade, broken])
    assert list(tmp_path.glob("*.jsonl")) == []


def test_failed_listing_is_written_again(failing_catalog, writer, trade):
    with pytest.raises(OSError, match="disk full"):
        writer.write_batch([trade])
    failing_catalog.add.side_effect = None
    assert writer.write_batch([trade]).name == "part-00001.jsonl"


class TestListing:
    def test_part_is_added(self, mock_catalog, writer, trade):
        writer.write_batch([trade, trade])
        mock_catalog.add.assert_called_with("part-00002.jsonl", 2)

    def test_failed_part_is_not_added(self, mock_catalog, writer, tmp_path, trade):
        calls = mock_catalog.add.call_count
        tmp_path.joinpath("part-00002.draft").mkdir()
        with pytest.raises(OSError, match="draft"):
            writer.write_batch([trade])
        assert mock_catalog.add.call_count == calls


class TestManyRows:
    def test_large_batch(self, writer):
        rows = []
        for number in range(2000):
            row = StubRow(as_row={"sequence": number})  # MEM301
            rows.append(row)
        assert len(rows_of(writer.write_batch(rows))) == 2000

    def test_large_batch_of_many_symbols(self, writer):
        rows = []
        for symbol in ("BHP", "CBA", "RIO", "WBC"):
            for number in range(250):
                row = StubRow(as_row={"symbol": symbol, "sequence": number})  # MEM301
                rows.append(row)
        assert len(rows_of(writer.write_batch(rows))) == 1000

    def test_large_batch_of_stubs(self, writer, trade):
        rows = [SimpleNamespace(as_row=trade.as_row) for _ in range(2000)]
        assert len(rows_of(writer.write_batch(rows))) == 2000

    def test_one_mock_many_times(self, writer):
        rows = [Mock(**{"as_row.return_value": {"sequence": 1}})] * 2000
        assert len(rows_of(writer.write_batch(rows))) == 2000

    def test_order_is_kept(self, writer):
        rows = {}
        try:
            for number in range(5):
                rows[number] = MagicMock()  # MEM302

                def fake_as_row(number=number):
                    return {"sequence": number}

                rows[number].as_row.side_effect = fake_as_row  # MEM203
            part = writer.write_batch(list(rows.values()))
            assert rows_of(part) == [{"sequence": number} for number in range(5)]
        finally:
            rows.clear()
            gc.collect()

    def test_rows_that_are_cleared_away(self, writer):
        rows = []
        try:
            for number in range(5):
                row = MagicMock()
                row.as_row.return_value = {"sequence": number}
                rows.append(row)
            assert rows_of(writer.write_batch(rows))[4] == {"sequence": 4}
        finally:
            rows.clear()

    def test_one_batch_for_each_row(self, writer):
        for number in range(1, 4):
            row = MagicMock()
            row.as_row.return_value = {"sequence": number}
            assert rows_of(writer.write_batch([row])) == [{"sequence": number}]

    def test_report_on_parts(self, writer, trade, report):
        part = writer.write_batch([trade])
        report.publish(report.title, part.name)
        report.publish.assert_called_with("written parts", "part-00001.jsonl")
