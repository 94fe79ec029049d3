"""The documentation pages work without the internet, and the schema is what the routes do."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kiosk.api.server import documentation_at
from kiosk.resources import resources_dir
from tests.api.support import client_of, service

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from kiosk.services.facade import Kiosk

FOLDER = resources_dir() / "api-docs"


def test_the_schema_is_the_same_in_both_notations(client: TestClient) -> None:
    as_json = client.get("/swagger.json")
    as_yaml = client.get("/swagger.yaml")
    assert as_json.headers["content-type"] == "application/json"
    assert as_yaml.headers["content-type"] == "application/yaml"
    assert as_json.json()["openapi"].startswith("3.1")
    assert yaml.safe_load(as_yaml.text) == as_json.json()


def test_every_route_is_documented_with_the_failures_of_its_family(client: TestClient) -> None:
    document = client.get("/swagger.json").json()
    assert len(document["paths"]) >= 20
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            label = f"{method} {path}"
            assert operation.get("summary"), label
            assert operation["tags"], label
            responses = operation["responses"]
            assert {"401", "429", "500"} <= set(responses), label
            assert list(responses) == sorted(responses), label
            for status, response in responses.items():
                assert response["description"] not in ("", "Validation Error"), label
                if int(status) >= 400:
                    kind = "problem+json" if path.startswith("/v1/") else "json"
                    name = "Problem" if path.startswith("/v1/") else "SeedMessage"
                    schema = response["content"][f"application/{kind}"]["schema"]
                    assert schema == {"$ref": f"#/components/schemas/{name}"}, (label, status)


def test_every_reference_leads_somewhere(client: TestClient) -> None:
    document = client.get("/swagger.json").json()
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    schemas = document["components"]["schemas"]
    assert names <= set(schemas)
    assert "HTTPValidationError" not in schemas
    # The framework writes the path of the module into names that occur twice.
    assert [name for name in schemas if "__" in name] == []


def test_health_needs_no_key_and_says_so(client: TestClient) -> None:
    paths: dict[str, Any] = client.get("/swagger.json").json()["paths"]
    open_to_all = {
        path
        for path, operations in paths.items()
        for operation in operations.values()
        if not operation.get("security")
    }
    assert open_to_all == {"/v1/health", "/v1/ready"}


@pytest.mark.parametrize("page", ["/swagger/", "/redoc/"])
def test_pages_fetch_nothing_from_elsewhere(client: TestClient, page: str) -> None:
    response = client.get(page)
    assert response.headers["content-type"].startswith("text/html")
    parts = response.headers["content-security-policy"].split(";")
    policy = dict(part.strip().split(" ", 1) for part in parts)
    assert policy["default-src"] == "'none'"
    for directive in ("script-src", "connect-src", "img-src", "style-src", "font-src"):
        assert "'self'" in policy[directive]
        assert "http" not in policy[directive]
        assert "*" not in policy[directive]
    assert "unsafe" not in policy["script-src"]
    linked = re.findall(r'(?:src|href|spec-url)="([^"]+)"', response.text)
    assert len(linked) >= 3
    for link in linked:
        assert "//" not in link
        assert client.get(page + link).status_code == 200, link


def test_pages_without_a_slash_lead_to_the_pages(client: TestClient) -> None:
    for page in ("/swagger", "/redoc"):
        response = client.get(page, follow_redirects=False)
        assert response.status_code == 307
        assert client.get(page).url.path == f"{page}/"


def test_a_browser_may_keep_the_libraries_and_asks_again(client: TestClient) -> None:
    address = "/swagger/swagger-ui-bundle.js"
    first = client.get(address)
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["etag"]
    assert "javascript" in first.headers["content-type"]


@pytest.mark.parametrize(
    "address",
    [
        "/swagger/LICENSE",
        "/swagger/index.html",
        "/swagger/..%2f..%2fmodels",
        "/swagger/%2e%2e/redoc/LICENSE",
        "/redoc/swagger-ui.css",
        "/redoc/README.md",
    ],
)
def test_nothing_else_of_the_folder_is_served(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_the_libraries_are_the_ones_that_are_named() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^([0-9a-f]{64})  (\S+)$", text, re.MULTILINE)
    assert len(named) == 3
    for digest, name in named:
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest
    for folder in ("swagger-ui", "redoc"):
        assert (FOLDER / folder / "LICENSE").stat().st_size > 1_000


def test_browsers_on_other_machines_can_open_the_pages(kiosk: Kiosk) -> None:
    with service(kiosk, host="0.0.0.0") as context, client_of(context, "192.0.2.1") as client:
        for address in ("/swagger/", "/swagger.json", "/swagger.yaml", "/redoc/"):
            assert client.get(address).status_code == 200, address
        assert client.get("/v1/people").status_code == 401


@pytest.mark.parametrize(
    ("announced", "usable"),
    [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/swagger/"),
        ("http://0.0.0.0:3000", "http://127.0.0.1:3000/swagger/"),
        ("https://[::]:3000", "https://[::1]:3000/swagger/"),
        ("http://192.0.2.7:80", "http://192.0.2.7:80/swagger/"),
    ],
)
def test_the_address_that_is_announced_can_be_opened(announced: str, usable: str) -> None:
    assert documentation_at(announced) == usable
