"""The tags of `booking_ui`: what they say, how they are wired, and that no template needs a looser content policy."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import get_template
from django.test import Client, RequestFactory, override_settings
from django.utils import translation

from booking.foundation import clock

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english_monday():
    with translation.override("en"), clock.at(NOW):
        yield


def render(source: str, **context: Any) -> str:
    html = Template("{% load booking_ui %}" + source).render(Context(context))
    return re.sub(r"\s+", " ", html).strip()


def words(html: str) -> str:
    """What a reader hears: no tags, no drawings."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


# --- whose move -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waiting_on", "until", "viewer", "expected", "color"),
    [
        ("municipality", date(2026, 12, 1), "party", "The municipality answers you by Tuesday 1 December", "accent"),
        ("municipality", date(2026, 11, 23), "party", "The municipality answers you by Monday 23 November", "accent"),
        (
            "municipality",
            date(2026, 11, 20),
            "party",
            "The municipality is late: the answer was due on Friday 20 Nov",
            "danger",
        ),
        ("municipality", date(2026, 12, 1), "staff", "You answer by Tuesday 1 December", "warning"),
        ("municipality", date(2026, 11, 20), "staff", "You should have answered by Friday 20 November", "danger"),
        ("requester", date(2026, 12, 1), "party", "It is your move: answer by Tuesday 1 December", "warning"),
        ("requester", date(2026, 11, 20), "party", "It is your move: answer by Friday 20 November", "warning"),
        ("requester", date(2026, 12, 1), "staff", "The requester answers by Tuesday 1 December", "accent"),
        ("nobody", None, "party", "Nobody has to do anything", "neutral"),
    ],
)
def test_whose_move_it_is_and_until_when(
    waiting_on: str, until: date | None, viewer: str, expected: str, color: str
) -> None:
    html = render(
        "{% whose_move waiting_on until=until who='Kari Moen' viewer=viewer %}",
        waiting_on=waiting_on,
        until=until,
        viewer=viewer,
    )
    assert expected in words(html)
    assert f'class="sk-move" data-color="{color}"' in html


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("granted", "The answer is given. Welcome!"),
        ("withdrawn", "It is withdrawn. You can ask again whenever you like."),
        ("closed", "The case is closed."),
        ("refused", "The case is answered."),
    ],
)
def test_when_nobody_has_to_do_anything_it_says_why(state: str, expected: str) -> None:
    assert expected in words(render("{% whose_move 'nobody' state=state %}", state=state))


def test_the_first_promise_stays_visible_when_it_was_moved() -> None:
    html = render(
        "{% whose_move 'municipality' until=until promised=promised %}",
        until=date(2026, 12, 1),
        promised=date(2026, 11, 27),
    )
    assert "First promised: Friday 27 November" in words(html)
    same = render("{% whose_move 'municipality' until=until promised=until %}", until=date(2026, 12, 1))
    assert "First promised" not in same


def test_a_unit_is_named_once_when_the_officer_is_hidden() -> None:
    html = words(render("{% whose_move 'municipality' until=until unit='Culture' %}", until=date(2026, 12, 1)))
    assert html.count("Culture") == 1


# --- cards and chips ------------------------------------------------------------------------------------------------


def test_a_chip_says_its_state_in_words() -> None:
    html = render("{% status_chip 'partly_granted' %}")
    assert words(html) == "Partly granted"
    assert 'data-color="success"' in html
    assert 'aria-hidden="true"' in html


def test_a_case_in_a_list_is_one_link_and_names_time_place_state_and_whose_move() -> None:
    html = render(
        "{% case_card url='/c/1/' title='Training' state='in_review' start=start end=end place='The hall' more=6 "
        "waiting_on='municipality' until=until who='Kari' %}",
        start=datetime(2026, 11, 24, 16, tzinfo=UTC),
        end=datetime(2026, 11, 24, 17, 30, tzinfo=UTC),
        until=date(2026, 12, 1),
    )
    assert html.count("<a ") == 1
    said = words(html)
    for part in (
        "Training",
        "Tue 24 Nov, 17:00–18:30",
        "and 6 more times",
        "The hall",
        "Tuesday 1 December",
        "Kari",
        "In review",
    ):
        assert part in said


def test_an_overdue_case_says_since_when() -> None:
    html = render(
        "{% case_card url='/' title='x' state='received' waiting_on='municipality' until=until %}",
        until=date(2026, 11, 20),
    )
    assert "Overdue since Fri 20 Nov" in words(html)
    assert 'data-color="danger"' in html


def test_texts_of_people_are_escaped_everywhere() -> None:
    evil = "<script>alert(1)</script>"
    html = render(
        "{% case_card url='/' title=evil state=evil place=evil organisation=evil %}{% status_chip evil %}"
        "{% timeline events %}{% verdicts items all_well=evil %}{% breadcrumbs evil '/' evil '' %}"
        "{% resource_card resource url='/' place=evil free=evil %}{% steps names 1 %}",
        evil=evil,
        events=[{"type": evil, "at": NOW, "text": evil, "actor": evil, "body": evil}],
        items=[{"severity": evil, "message": evil, "suggestion": evil}],
        resource={"name": evil, "kind": evil},
        names=[evil, evil],
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_missing_translation_is_shown_and_marked() -> None:
    thing = SimpleNamespace(name="Hallen", name_nn="", name_en="")
    assert render("{% text thing %}", thing=thing) == '<span lang="nb">Hallen</span>'
    thing.name_en = "The hall"
    assert render("{% text thing %}", thing=thing) == "The hall"


# --- dates ----------------------------------------------------------------------------------------------------------


def test_times_are_marked_up_for_machines_and_don_t_break() -> None:
    html = render("{% when start end %}", start=NOW, end=NOW + timedelta(hours=1))
    assert html.startswith('<time datetime="2026-11-23T09:00:00+00:00">')
    assert '<span class="sk-nowrap">10:00–11:00</span>' in html


def test_filters_of_days_take_moments_dates_and_texts() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # already Tuesday in Oslo
    assert render(
        "{{ at|day }} {{ at|near_day }} {{ text|day_short }} {{ none|day }}", at=late, text="2026-11-23", none=None
    ) == ("Tuesday 24 November tomorrow Mon 23 Nov")


# --- forms ----------------------------------------------------------------------------------------------------------


class Sample(forms.Form):
    title = forms.CharField(help_text="A few words")
    note = forms.CharField(required=False, widget=forms.Textarea)
    who = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    ok = forms.BooleanField()
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_field_is_wired_to_its_hint_and_its_error() -> None:
    form = Sample({})
    html = render("{% field form.title %}", form=form)
    (described,) = re.findall(r'<input[^>]*aria-describedby="([^"]+)"', html)
    for target in described.split():
        assert f'id="{target}"' in html
    assert 'aria-invalid="true"' in html
    assert '<label for="id_title">' in html


def test_every_line_of_the_error_summary_leads_to_an_element_of_the_page() -> None:
    form = Sample({})
    html = render(
        "{% error_summary form %}{% field form.title %}{% field form.note %}{% field form.who %}"
        "{% field form.ok %}{% field form.secret %}",
        form=form,
    )
    targets = re.findall(r'href="#([^"]+)"', html)
    assert len(targets) == 3
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert set(targets) <= set(ids)
    assert len(ids) == len(set(ids)), "no id twice"


def test_a_form_that_was_not_sent_has_no_summary() -> None:
    assert render("{% error_summary form %}", form=Sample()) == ""


def test_optional_fields_say_so_and_searches_may_leave_it_out() -> None:
    form = Sample()
    assert "(optional)" in render("{% field form.note %}", form=form)
    assert "(optional)" not in render("{% field form.note optional_mark=False %}", form=form)
    assert "(optional)" not in render("{% field form.title %}", form=form)


def test_other_attributes_reach_the_control() -> None:
    assert 'hx-post="/check/"' in render("{% field form.title hx_post='/check/' %}", form=Sample())


# --- the frame ------------------------------------------------------------------------------------------------------


def test_pages_keep_the_other_parameters() -> None:
    request = RequestFactory().get("/", {"q": "hall", "page": "2"})
    html = render("{% pagination page %}", request=request, page=Paginator(range(100), 10).get_page(2))
    assert 'href="?q=hall&amp;page=3"' in html
    assert 'aria-current="page"' in html


def test_one_page_has_no_pagination() -> None:
    assert render("{% pagination page %}", page=Paginator(range(3), 10).get_page(1)) == ""


def test_the_language_switcher_leads_to_the_same_page() -> None:
    html = render("{% language_switcher %}", request=RequestFactory().get("/en/account/login/?next=/x/"))
    assert 'href="/account/login/?next=/x/"' in html
    assert 'href="/nn/account/login/?next=/x/"' in html
    assert re.search(r'lang="en"[^>]*aria-current="true"', html)


FOLDERS = ("booking/templates", "pages/templates", "site/templates")
TEMPLATES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.html") if "emails" not in path.parts)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_needs_a_looser_content_policy(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"<[a-z][^>]*\sstyle=", source), "no style attributes"
    assert not re.search(r"<[a-z][^>]*\son[a-z]+=", source), "no inline handlers"
    assert not re.search(r"<style\b", source)
    for attributes, inside in re.findall(r"<script\b([^>]*)>(.*?)</script>", source, re.DOTALL):
        assert "src=" in attributes or "application/json" in attributes
        assert "src=" not in attributes or not inside.strip()
    assert "javascript:" not in source
    assert not re.search(r"(src|href|action)=\"https?://(?!\{)", source), "nothing from foreign hosts"


@pytest.mark.parametrize(
    "name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "booking/503.html"]
)
def test_an_error_page_needs_neither_database_nor_context(name: str) -> None:
    html = get_template(name).render({})
    assert html.count("<h1>") == 1
    assert "Lilleby kommune" in html or name.endswith("503.html")


@pytest.mark.django_db
def test_the_style_guide_is_for_demos_and_developers_only(settings: Any) -> None:
    assert Client().get("/_styleguide/").status_code == 404
    assert Client().get("/_styleguide/availability/").status_code == 404
    with override_settings(BOOKING=settings.BOOKING | {"demo": True}):
        assert Client().get("/_styleguide/").status_code == 200
        assert Client().get("/_styleguide/availability/?from=2026-11-25").json()["busy"]
