"""The OpenAPI document: made without a warning, limited to our calls, and the committed copy is the one we serve."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.settings import patched_settings

from booking.api.schema import BASE, SETTINGS, OurGenerator

COMMITTED = Path(__file__).parents[2] / "docs" / "integrators" / "openapi.yaml"


@pytest.fixture
def document() -> dict:
    reset_generator_stats()
    with patched_settings(SETTINGS):
        made = OurGenerator().get_schema(request=None, public=True)
    said = {**GENERATOR_STATS._warn_cache, **GENERATOR_STATS._error_cache}
    assert not said, f"the schema generator warns: {list(said)}"
    return yaml.safe_load(yaml.safe_dump(made))


def test_the_document_is_ours_only_and_of_the_promised_version(document: dict) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["paths"]
    assert all(path.startswith(BASE) for path in document["paths"])


def test_the_committed_copy_has_not_drifted(document: dict) -> None:
    if os.environ.get("UPDATE_OPENAPI"):
        COMMITTED.write_text(yaml.safe_dump(document, sort_keys=True, allow_unicode=True), encoding="utf-8")
    assert yaml.safe_load(COMMITTED.read_text(encoding="utf-8")) == document, (
        "run UPDATE_OPENAPI=1 pytest tests/api/test_schema.py and look at the difference"
    )


@pytest.mark.django_db
def test_schema_and_docs_answer_anonymously_from_our_own_host(client) -> None:
    schema = client.get(BASE + "schema/")
    assert schema.status_code == 200
    assert b"openapi: 3.1" in b"".join(schema) if schema.streaming else b"openapi: 3.1" in schema.content
    docs = client.get(BASE + "docs/")
    assert docs.status_code == 200
    assert b"https://" not in docs.content
