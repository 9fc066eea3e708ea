"""Template tags, filters and the look of forms."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, RequestContext, Template
from django.test import RequestFactory

from sipcabinet.lib.keyset import Page
from sipcabinet.lib.options import Option
from sipcabinet.site.templatetags.portal import unbroken

NBSP = "\u00a0"


def render(source: str, **context: object) -> str:
    return Template("{% load portal %}" + source).render(Context(context)).strip()


class Order(forms.Form):
    month = forms.ChoiceField(
        label="Период",
        help_text="Текущий или прошлый месяц",
        widget=forms.RadioSelect,
        choices=[
            ("2026-11", Option("Ноябрь 2026", detail="появится 10.12.2026", disabled=True)),
            ("2026-10", Option("Октябрь 2026", price="428,60 BYN")),
        ],
        error_messages={"required": "Выберите период"},
    )
    phones = forms.MultipleChoiceField(
        label="Абоненты", widget=forms.CheckboxSelectMultiple, choices=[("1", "<b>44</b>")]
    )
    comment = forms.CharField(label="Комментарий", required=False)
    password = forms.CharField(
        label="Пароль", widget=forms.PasswordInput, error_messages={"required": "Введите пароль"}
    )
    agree = forms.BooleanField(label="Согласен", required=False)
    token = forms.CharField(widget=forms.HiddenInput, error_messages={"required": "Начните заказ заново"})


def fields(form: forms.Form) -> str:
    return render('{% include "components/form_fields.html" %}', form=form)


@pytest.mark.parametrize(
    ("source", "value", "shown"),
    [
        ("{{ v|money }}", Decimal("-1234.5"), f"−1{NBSP}234,50"),
        ("{{ v|byn }}", Decimal("1234.5"), f"1{NBSP}234,50{NBSP}BYN"),
        ("{{ v|price }}", Decimal("0.1302"), f"0,1302{NBSP}BYN"),
        ("{{ v|phone }}", "+375447112030", "+375 44 711-20-30"),
        ("{{ v|day }}", date(2026, 10, 9), "09.10.2026"),
        ("{{ v|moment }}", datetime(2026, 10, 9, 21, 30, tzinfo=UTC), "10.10.2026, 00:30"),
        ("{{ v|month }}", datetime(2026, 9, 30, 22, 0, tzinfo=UTC), "октябрь 2026"),
        ("{{ v|duration }}", 7507, "125:07"),
        ("{{ v|duration }}", 0, "0:00"),
        ("{{ v|grouped }}", 1234567, f"1{NBSP}234{NBSP}567"),
    ],
)
def test_values_read_as_people_write_them(source: str, value: object, shown: str) -> None:
    assert render(source, v=value) == shown


def test_what_comes_from_people_is_escaped_everywhere() -> None:
    for source in (
        '{% badge "ok" v %}',
        '{% notice "warn" title=v %}{{ v }}{% endnotice %}',
        "{% empty title=v %}{{ v }}{% endempty %}",
        "{% meter 1 2 v %}",
        "{% fact v v was=v %}",
        "{% fact_of v change=v %}{{ v }}{% endfact_of %}",
        "{% card v note=v %}{{ v }}{% endcard %}",
        "{% table v caption=v region=v %}{{ v }}{% endtable %}",
        '{% heads v "num" v "hidden" v %}',
        '{% figure v v unit=v symbol="pay" %}{{ v }}{% endfigure %}',
        '{% way "pay" "site:home" v v %}',
        "{% steps v v current=1 %}",
    ):
        assert "<script>" not in render(source, v='"><script>')


def test_a_column_of_sums_and_a_column_of_buttons_look_their_own_way() -> None:
    html = render('{% heads "Счёт" "num" "Сумма" "Срок" "hidden" "Действия" %}')
    assert html == (
        '<thead><tr><th scope="col">Счёт</th><th scope="col" class="num">Сумма</th><th scope="col">Срок</th>'
        '<th scope="col"><span class="vh">Действия</span></th></tr></thead>'
    )


def test_a_table_with_columns_holds_rows_and_one_without_them_its_own_parts() -> None:
    rows = render('{% table "Счёт" caption="Счета" %}<tr></tr>{% endtable %}')
    assert '<thead><tr><th scope="col">Счёт</th></tr></thead><tbody><tr></tr></tbody></table>' in rows
    parts = render('{% table caption="Счета" %}{% heads "Счёт" %}<tbody></tbody>{% endtable %}')
    assert "</thead><tbody></tbody></table>" in parts


def test_the_scrolled_box_of_a_table_has_the_caption_s_name_or_its_own() -> None:
    assert 'aria-label="Звонки"' in render('{% table caption="Звонки" %}{% endtable %}')
    own = render('{% table caption="Звонки, октябрь" region="Звонки" look="cards grouped" %}{% endtable %}')
    assert 'aria-label="Звонки"><table class="cards grouped"><caption class="vh">Звонки, октябрь</caption>' in own


def test_a_card_shows_its_note_and_its_look_only_where_it_has_them() -> None:
    assert render('{% card "Счёт" %}<p>1</p>{% endcard %}') == (
        '<section class="card"><header><h2>Счёт</h2></header><p>1</p></section>'
    )
    html = render('{% card "Счёт" note="без НДС" look="flow" %}{% endcard %}')
    assert 'class="card flow"' in html
    assert '<span class="muted small">без НДС</span></header>' in html


def test_a_figure_that_is_not_known_is_a_dash() -> None:
    source = '{% figure "Баланс" "12,00" unit="BYN" known=known %}на сегодня{% endfigure %}'
    assert '<dd class="value">12,00 <small>BYN</small></dd><dd class="note">на сегодня</dd>' in render(
        source, known=True
    )
    assert '<dd class="value">—</dd>' in render(source, known=False)


def test_a_row_that_leads_to_a_page_has_its_address() -> None:
    html = render('{% way "pay" "billing:payments" "Платежи" "все поступления" %}')
    assert '<a href="/payments/">Платежи</a></span> <span class="d">все поступления</span></li>' in html


def test_a_fact_shows_the_former_value_and_the_way_to_change_it() -> None:
    assert render('{% fact "Номер" 5 %}') == "<div><dt>Номер</dt><dd>5</dd></div>"
    html = render('{% fact "Пакет" "30 каналов" was="10 каналов" change="/change/" %}')
    assert '<a href="/change/">Изменить<span class="vh"> — Пакет</span></a>' in html
    assert '<dd class="was">Сейчас: 10 каналов</dd>' in html


def test_choices_are_cards_and_what_is_out_of_reach_says_why() -> None:
    html = fields(Order())
    november, october = html.split('class="opt')[1:3]
    assert "disabled" in november
    assert "появится 10.12.2026" in november
    assert "disabled" not in october
    assert "428,60 BYN" in october
    assert "&lt;b&gt;44&lt;/b&gt;" in html


def test_optional_fields_say_so_and_a_password_can_be_shown() -> None:
    html = fields(Order())
    assert "Комментарий<span" in html.replace("\n      ", "")
    assert 'data-reveal="id_password"' in html


def test_a_mistake_stands_at_its_field_and_in_the_summary_in_the_same_words() -> None:
    form = Order({"comment": "остаётся"})
    html, summary = fields(form), render("{% error_summary form %}", form=form)
    assert 'value="остаётся"' in html
    assert 'aria-describedby="id_month_helptext id_month_error"' in html
    assert 'id="id_month_error"' in html
    for words, target in (("Выберите период", "id_month_1"), ("Введите пароль", "id_password")):
        assert f'<a href="#{target}">{words}</a>' in summary
        assert words in html
        assert f'id="{target}"' in html
    assert "Начните заказ заново" in summary


def test_a_chosen_option_stays_chosen() -> None:
    form = Order({"month": "2026-10", "phones": ["1"]})
    assert fields(form).count("checked") == 2


@pytest.mark.parametrize("form", [None, "", Order()])
def test_no_mistakes_no_summary(form: object) -> None:
    assert render("{% error_summary form %}", form=form) == ""


def test_the_title_stands_in_the_head_in_the_heading_and_in_the_path() -> None:
    page = Template(
        '{% extends "kinds/list.html" %}'
        "{% block title %}Звонки «A&amp;B»{% endblock %}{% block lead %}{{ who }}{% endblock %}"
    )
    html = page.render(Context({"request": RequestFactory().get("/"), "who": "<i>", "form": Order({})}))
    assert "<h1>Звонки «A&amp;B»</h1>" in html
    assert 'aria-current="page">Звонки «A&amp;B»</li>' in html
    title = " ".join(html.split("<title>")[1].split("</title>")[0].split())
    assert title == "Ошибка: Звонки «A&amp;B» — Личный кабинет SIP"
    assert "&lt;i&gt;" in html


def test_pages_carry_nothing_inline() -> None:
    html = Template('{% extends "kinds/step.html" %}').render(
        Context({"request": RequestFactory().get("/"), "form": Order({})})
    )
    assert " style=" not in html
    assert " onclick=" not in html
    assert "<style" not in html
    assert html.count("<script") == html.count('<script type="module" src="')


def test_the_pager_keeps_the_filters() -> None:
    page = {"page": Page([1], back="b1", onward="o1")}
    context = RequestContext(RequestFactory().get("/?phone=711&back=old"), page)
    html = Template('{% include "components/pager.html" %}').render(context)
    assert 'href="?phone=711&amp;back=b1"' in html
    assert 'href="?phone=711&amp;onward=o1"' in html


def test_a_number_in_a_title_stays_on_one_line_and_the_rest_is_escaped() -> None:
    number = "+375\u00a044\u00a0711-20-30"
    assert unbroken(f"Лимит <b>, {number}") == f'Лимит &lt;b&gt;, <span class="nw">{number}</span>'
    assert unbroken("12-34-56") == "12-34-56"
