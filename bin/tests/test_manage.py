import pytest
from local.manage import progress_in

EVENT = '{"order_id": 1, "event": "order.made"}\n'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("документы:  95%|█████ | 95/100\n", "документы:  95%|█████ | 95/100"),
        ("документы:  95%|█████ | 95/100" + EVENT, "документы:  95%|█████ | 95/100"),
        (EVENT, ""),
        ("\n", ""),
    ],
)
def test_events_of_the_log_are_no_progress(line: str, said: str) -> None:
    assert progress_in(line) == said
