"""What every API view does the same: problems, tokens, languages, sizes, keys."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from wagtail.models import APIToken

from booking.foundation.doors.idempotency import LIFETIME, forget_old_answers
from booking.foundation.doors.problems import error_classes
from booking.foundation.models import IdempotencyRecord, ReferenceCounter

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.doors.api_urls")]
BASE = "/api/booking/v1"
ORDER = {"name": "hall", "lines": [{"quantity": 1}]}


@pytest.fixture
def api():
    return Client()


def user(email="officer@example.org", **kwargs):
    return get_user_model().objects.create_user(email=email, **kwargs)


def token_for(someone):
    return {"HTTP_AUTHORIZATION": f"Bearer {APIToken.create_token(user=someone, name='test')[1]}"}


def post(api, body, path="/orders/", **headers):
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return api.post(f"{BASE}{path}", data, content_type=headers.pop("content_type", "application/json"), **headers)


def assert_problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert {"type", "title", "detail", "errors"} <= body.keys()
    assert body["type"].endswith(f"/problems/{code}/")
    return body


# --- refusals -------------------------------------------------------------------------------------------------------


def test_a_view_that_names_no_permission_is_closed(api):
    assert_problem(api.get(f"{BASE}/closed/"), 401, "not_authenticated")
    assert_problem(api.get(f"{BASE}/closed/", **token_for(user())), 403, "forbidden")


def test_invalid_values_are_named_with_their_path(api):
    body = assert_problem(post(api, {"lines": [{"quantity": 1}, {"quantity": 0}]}), 400, "invalid")
    assert [(item["loc"], item["code"]) for item in body["errors"]] == [
        (["name"], "required"),
        (["lines", 1, "quantity"], "min_value"),
    ]


def test_a_fault_of_the_whole_has_an_empty_path(api):
    body = assert_problem(post(api, ORDER | {"name": "bad"}), 400, "invalid")
    assert [(item["loc"], item["code"]) for item in body["errors"]] == [([], "whole")]


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"[" * 100_000, b'{"name": NaN}', b'{"lines": ' + b"9" * 5000 + b"}"],
    ids=["cut off", "no UTF-8", "deep", "not a number", "huge number"],
)
def test_what_is_no_json_is_malformed(api, body):
    assert_problem(post(api, body), 400, "malformed")


@pytest.mark.parametrize("name", ["a\x00b", "\ud800"])
def test_characters_that_no_database_takes_are_invalid(api, name):
    body = assert_problem(post(api, ORDER | {"name": name}), 400, "invalid")
    assert body["errors"][0]["loc"] == ["name"]


def test_a_form_is_no_json(api):
    response = api.post(f"{BASE}/orders/", {"name": "hall"})
    assert_problem(response, 415, "unsupported_media_type")


def test_a_huge_body_is_refused_before_it_is_read(api):
    assert_problem(post(api, ORDER | {"name": "x" * 1_000_001}), 413, "too_large")


def test_a_wrong_method_says_which_are_right(api):
    response = api.delete(f"{BASE}/orders/")
    assert_problem(response, 405, "method_not_allowed")
    assert "POST" in response["Allow"]


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch"])
@pytest.mark.parametrize("path", ["/nothing/", "/orders"])
def test_unknown_paths_give_problem_details(api, method, path):
    assert_problem(getattr(api, method)(f"{BASE}{path}"), 404, "not_found")


def test_a_rule_s_refusal_tells_which(api):
    body = assert_problem(post(api, ORDER | {"name": "broken"}), 422, "rule_broken")
    assert body["reason"] == "too_short"
    assert body["errors"][0]["loc"] == ["lines", 0, "end"]


def test_facts_stand_under_their_own_name(api):
    assert assert_problem(post(api, ORDER | {"name": "taken"}), 409, "taken")["lines"] == [{"index": 0, "ok": False}]
    assert assert_problem(post(api, ORDER | {"name": "unmet"}), 422, "unmet")["unmet"] == [{"code": "reply"}]


def test_a_locked_database_is_503_with_a_time_to_try_again(api):
    response = post(api, ORDER | {"name": "busy"})
    assert_problem(response, 503, "unavailable")
    assert int(response["Retry-After"]) > 0


def test_too_many_tries_is_429_with_the_time_to_wait(api):
    response = post(api, ORDER | {"name": "many"})
    assert_problem(response, 429, "too_many")
    assert response["Retry-After"] == "90"


def test_every_type_address_answers(api):
    for code, cls in error_classes().items():
        body = api.get(f"{BASE}/problems/{code}/").json()
        assert (body["code"], body["status"]) == (code, cls.status)
    assert_problem(api.get(f"{BASE}/problems/no-such/"), 404, "not_found")


# --- who ------------------------------------------------------------------------------------------------------------


def test_a_token_names_its_user(api):
    someone = user()
    assert api.get(f"{BASE}/mine/", **token_for(someone)).json()["user"] == someone.pk
    assert APIToken.objects.get().last_used_at is not None


def test_nobody_gets_401_with_the_scheme(api):
    response = api.get(f"{BASE}/mine/")
    assert_problem(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer x", "Bearer a b", "Bearer æøå", "bearer " + "wagtail_" + "0" * 33]
)
def test_a_wrong_token_is_401_even_where_anybody_may_read(api, header):
    response = api.get(f"{BASE}/orders/", HTTP_AUTHORIZATION=header)
    assert_problem(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_and_an_inactive_user_are_refused(api):
    someone = user()
    header = token_for(someone)
    someone.is_active = False
    someone.save()
    assert_problem(api.get(f"{BASE}/mine/", **header), 401, "not_authenticated")
    someone.is_active = True
    someone.save()
    assert api.get(f"{BASE}/mine/", **header).status_code == 200
    APIToken.objects.get().revoke()
    assert_problem(api.get(f"{BASE}/mine/", **header), 401, "not_authenticated")


def test_a_token_outlives_a_rotation_of_the_secret_key(api, settings):
    header = token_for(user())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key altogether, long enough"
    assert api.get(f"{BASE}/mine/", **header).status_code == 200


def test_a_session_needs_the_csrf_token():
    api = Client(enforce_csrf_checks=True)
    api.force_login(user())
    assert api.get(f"{BASE}/mine/").status_code == 200
    assert_problem(post(api, ORDER), 403, "forbidden")


def test_the_hat_is_read_from_its_header(api):
    header = token_for(user())
    assert api.get(f"{BASE}/mine/", HTTP_SAMSKAP_HAT="unit:kultur", **header).json()["hat"] == "kultur"
    assert_problem(api.get(f"{BASE}/mine/", HTTP_SAMSKAP_HAT="mayor", **header), 400, "invalid")


# --- language, lists, versions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("nn", "nn"),
        ("no", "nb"),
        ("nb-NO,en;q=0.5", "nb"),
        ("en-GB", "en"),
        ("de", "nb"),
        ("de,en;q=0.3", "en"),
        ("", "nb"),
    ],
)
def test_accept_language_picks_the_language(api, wish, language):
    assert api.get(f"{BASE}/orders/", HTTP_ACCEPT_LANGUAGE=wish)["Content-Language"] == language


def test_html_is_not_needed_to_be_answered(api):
    assert api.get(f"{BASE}/orders/", HTTP_ACCEPT="text/html").status_code == 200


def test_lists_are_cut_not_refused(api):
    ReferenceCounter.objects.bulk_create(ReferenceCounter(kind="test", year=year) for year in range(1000, 1600))
    assert len(api.get(f"{BASE}/orders/").json()["results"]) == 50
    body = api.get(f"{BASE}/orders/?limit=9999&offset=20").json()
    assert (body["count"], len(body["results"]), body["results"][0]) == (600, 500, 1020)
    assert "offset=520" in body["next"]
    assert body["previous"] is not None


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "offset=-5", "offset=x", "offset=" + "9" * 40])
def test_nonsense_in_limit_and_offset_is_no_error(api, query):
    assert api.get(f"{BASE}/orders/?{query}").status_code == 200


def test_what_the_client_has_already_is_304(api):
    etag = api.get(f"{BASE}/version/")["ETag"]
    assert api.get(f"{BASE}/version/", HTTP_IF_NONE_MATCH=etag).status_code == 304
    assert api.get(f"{BASE}/version/", HTTP_IF_NONE_MATCH=f'"x", W/{etag}').status_code == 304
    assert api.get(f"{BASE}/version/", HTTP_IF_NONE_MATCH='"x"').status_code == 200


def test_a_decision_on_an_old_version_is_412(api):
    def put(**headers):
        return api.put(f"{BASE}/version/", "{}", content_type="application/json", **headers)

    etag = api.get(f"{BASE}/version/")["ETag"]
    assert put().status_code == 200
    assert put(HTTP_IF_MATCH=etag).status_code == 200
    assert_problem(put(HTTP_IF_MATCH='"old"'), 412, "stale")


# --- Idempotency-Key ------------------------------------------------------------------------------------------------


def last_number():
    return ReferenceCounter.objects.filter(kind="case").values_list("last", flat=True).first() or 0


def test_the_same_key_and_body_give_the_first_answer_again(api):
    first = post(api, ORDER, HTTP_IDEMPOTENCY_KEY="k1")
    again = post(api, json.dumps(ORDER, indent=2), HTTP_IDEMPOTENCY_KEY="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert again["Content-Type"] == first["Content-Type"]
    assert last_number() == 1


def test_another_body_under_the_same_key_is_422(api):
    post(api, ORDER, HTTP_IDEMPOTENCY_KEY="k1")
    assert_problem(post(api, ORDER | {"name": "other"}, HTTP_IDEMPOTENCY_KEY="k1"), 422, "idempotency_mismatch")
    assert last_number() == 1


def test_a_key_is_its_user_s_own(api):
    post(api, ORDER, HTTP_IDEMPOTENCY_KEY="k1")
    post(api, ORDER, HTTP_IDEMPOTENCY_KEY="k1", **token_for(user("a@example.org")))
    post(api, ORDER, HTTP_IDEMPOTENCY_KEY="k1", **token_for(user("b@example.org")))
    post(api, ORDER, HTTP_IDEMPOTENCY_KEY="k1", REMOTE_ADDR="10.0.0.9")
    assert last_number() == 4


def test_a_refusal_after_parsing_is_kept(api):
    first = post(api, ORDER | {"name": "taken"}, HTTP_IDEMPOTENCY_KEY="k1")
    again = post(api, ORDER | {"name": "taken"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert_problem(again, 409, "taken")
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert last_number() == 0


@pytest.mark.parametrize("name", ["busy", "many"])
def test_what_is_no_answer_is_not_kept(api, name):
    post(api, ORDER | {"name": name}, HTTP_IDEMPOTENCY_KEY="k1")
    assert not IdempotencyRecord.objects.exists()
    assert last_number() == 0


def test_a_crash_is_not_kept_and_leaves_nothing(api):
    with pytest.raises(ZeroDivisionError):
        post(api, ORDER | {"name": "crash"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert not IdempotencyRecord.objects.exists()
    assert last_number() == 0


def test_what_could_not_be_parsed_is_not_kept(api):
    assert_problem(post(api, b"{", HTTP_IDEMPOTENCY_KEY="k1"), 400, "malformed")
    assert post(api, ORDER, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201


def test_a_key_lives_a_day(api):
    post(api, ORDER, HTTP_IDEMPOTENCY_KEY="k1")
    record = IdempotencyRecord.objects.get()
    record.created_at -= LIFETIME
    record.save()
    assert post(api, ORDER | {"name": "other"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201
    record.refresh_from_db()
    assert forget_old_answers(record.created_at) == 0
    assert forget_old_answers(record.created_at + 2 * LIFETIME) == 1


@pytest.mark.parametrize("key", ["", "a b", "æ", "x" * 256])
def test_a_key_is_visible_ascii(api, key):
    assert_problem(post(api, ORDER, HTTP_IDEMPOTENCY_KEY=key), 400, "invalid")
