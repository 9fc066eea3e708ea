"""Horizontal bars: their widths and totals match the sums, and there are never more than MOST_BARS."""

from decimal import Decimal

from sipcabinet.lib.charts.bars import MOST_BARS, MOST_LETTERS, ROW_HEIGHT, Amount, BarsChart

NAMES = {"out": "Плата", "in": "Звонки"}


def amount(value: str, look: str = "in", name: str = "Россия") -> Amount:
    return Amount(name, Decimal(value), look)


def width(chart: BarsChart, place: int) -> Decimal:
    return Decimal(chart.bars[place].width.removesuffix("%"))


def test_lengths_are_shares_of_the_longest() -> None:
    chart = BarsChart.of([amount("50"), amount("200", "out"), amount("1.50")], NAMES)
    assert [bar.width for bar in chart.bars] == ["25.00%", "100.00%", "0.75%"]
    assert [bar.y for bar in chart.bars] == ["21", "63", "105"]
    assert chart.height == 3 * ROW_HEIGHT
    assert chart.bars[0].title == "Россия: 50,00"


def test_a_kopeck_beside_a_fortune_is_seen() -> None:
    assert width(BarsChart.of([amount("0.01"), amount("99999")], NAMES), 0) == Decimal("0.50")


def test_nothing_is_no_bar() -> None:
    chart = BarsChart.of([amount("0"), amount("0.00", "out")], NAMES)
    assert chart.empty
    assert chart.series == []
    assert not BarsChart.of([amount("0.01")], NAMES).empty


def test_the_legend_adds_up_its_series_and_names_only_those_there() -> None:
    chart = BarsChart.of([amount("1.10", "out"), amount("1000.05", "out")], NAMES)
    assert [(one.look, one.name, one.total) for one in chart.series] == [("out", "Плата", "1\u00a0001,15")]


def test_the_smallest_of_too_many_are_drawn_together() -> None:
    amounts = [amount("5", "out", "Плата"), *(amount(str(n), name=f"Страна {n}") for n in range(1, 21))]
    chart = BarsChart.of(amounts, NAMES)
    assert len(chart.bars) == MOST_BARS
    # Of 21 amounts, 11 have separate bars. The last bar sums the ten smallest amounts of calls: 1 + … + 10 = 55.
    assert (chart.bars[-1].name, chart.bars[-1].value) == ("Остальное: 10", "55,00")
    assert [bar.name for bar in chart.bars[:2]] == ["Плата", "Страна 11"]
    assert sum(Decimal(bar.value.replace(",", ".")) for bar in chart.bars) == sum(one.value for one in amounts)


def test_long_names_are_cut_but_told_whole() -> None:
    name = "Соединённое Королевство Великобритании и Северной Ирландии"
    [bar] = BarsChart.of([amount("1", name=name)], NAMES).bars
    assert len(bar.name) <= MOST_LETTERS
    assert bar.name.endswith("…")
    assert bar.title == f"{name}: 1,00"


def test_a_bar_is_drawn_with_its_words_escaped() -> None:
    [bar] = BarsChart.of([Amount("<b>\"'&", Decimal(50), "in")], {"in": "Звонки"}).bars
    assert bar.drawn(12) == (
        "<g><title>&lt;b&gt;&quot;&#x27;&amp;: 50,00</title>"
        '<text class="name" x="0" y="14">&lt;b&gt;&quot;&#x27;&amp;</text>'
        '<text class="value" x="100%" y="14" text-anchor="end">50,00</text>'
        '<rect class="in" x="0" y="21" width="100.00%" height="12" rx="3" /></g>'
    )
