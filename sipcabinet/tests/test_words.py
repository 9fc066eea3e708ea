import pytest

from sipcabinet.lib import words

CHANNEL = ("канал", "канала", "каналов")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 каналов"),
        (1, "1 канал"),
        (2, "2 канала"),
        (4, "4 канала"),
        (5, "5 каналов"),
        (11, "11 каналов"),
        (12, "12 каналов"),
        (14, "14 каналов"),
        (21, "21 канал"),
        (22, "22 канала"),
        (111, "111 каналов"),
        (1001, "1\u00a0001 канал"),
    ],
)
def test_a_word_goes_with_its_number(count: int, text: str) -> None:
    assert words.counted(count, *CHANNEL) == text
