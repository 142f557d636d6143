"""What the service says of itself."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from books_service.main import create_app
from books_service.settings import Settings
from shared.configuration import load
from tests.books.api.conftest import Service, problem

OPERATIONS = {
    "POST /v1/books": "add_book",
    "GET /v1/books": "list_books",
    "GET /v1/books/{book_id}": "get_book",
    "PUT /v1/books/{book_id}": "replace_book",
    "PATCH /v1/books/{book_id}": "revise_book",
    "DELETE /v1/books/{book_id}": "remove_book",
    "GET /v1/books/{book_id}/history": "get_history_of_book",
    "GET /v1/books/{book_id}/marc": "get_marc_of_book",
    "PUT /v1/books/{book_id}/marc": "replace_marc_of_book",
    "GET /v1/books/{book_id}/lendability": "get_lendability_of_book",
    "GET /v1/books/availability": "get_availability_of_books",
    "GET /v1/books/holdings": "get_holdings",
    "POST /v1/books/lendability": "get_lendability_of_books",
    "POST /v1/books/{book_id}/merge": "merge_book",
    "POST /v1/authorities": "add_authority",
    "GET /v1/authorities": "list_authorities",
    "GET /v1/authorities/{authority_id}": "get_authority",
    "PATCH /v1/authorities/{authority_id}": "revise_authority",
    "POST /v1/authorities/{authority_id}/merge": "merge_authority",
    "GET /v1/authorities/{authority_id}/history": "get_history_of_authority",
    "GET /v1/subscriptions": "list_subscriptions",
    "GET /v1/books/{book_id}/subscription": "get_subscription",
    "PUT /v1/books/{book_id}/subscription": "put_subscription",
    "DELETE /v1/books/{book_id}/subscription": "end_subscription",
    "POST /v1/books/{book_id}/issues": "receive_issue",
    "GET /v1/issues": "list_issues",
    "GET /v1/issues/{issue_id}": "get_issue",
    "GET /v1/issues/{issue_id}/routing-slips": "print_routing_slips",
    "PATCH /v1/issues/{issue_id}": "revise_issue",
    "POST /v1/copies/lendability": "get_lendability_of_copies",
    "POST /v1/copies/statuses": "change_copy_statuses",
    "DELETE /v1/copies/{copy_id}": "remove_copy",
    "POST /v1/inventories": "begin_inventory",
    "POST /v1/inventories/{inventory_id}/scans": "note_scans",
    "GET /v1/inventories/{inventory_id}": "get_inventory",
    "GET /v1/inventories/{inventory_id}/copies": "list_copies_of_inventory",
    "GET /v1/inventories/{inventory_id}/unknown": "list_unknown_barcodes",
    "GET /v1/exports/copies": "export_copies",
    "POST /v1/books/{book_id}/copies": "add_copy",
    "GET /v1/books/{book_id}/copies": "list_copies_of_book",
    "GET /v1/books/{book_id}/lendable-copies": "list_lendable_copies",
    "GET /v1/copies": "find_copy",
    "POST /v1/labels": "print_labels",
    "GET /v1/copies/availability": "list_availability",
    "GET /v1/copies/lendability": "get_lendability_of_copy",
    "GET /v1/copies/{copy_id}": "get_copy",
    "PATCH /v1/copies/{copy_id}": "revise_copy",
    "GET /v1/copies/{copy_id}/history": "get_history_of_copy",
    "POST /v1/copies/{copy_id}/status": "change_copy_status",
    "POST /v1/copies/{copy_id}/bound-with": "bind_copy",
    "DELETE /v1/copies/{copy_id}/bound-with/{book_id}": "unbind_copy",
    "POST /v1/branches": "add_branch",
    "GET /v1/branches": "list_branches",
    "GET /v1/branches/{code}": "get_branch",
    "PATCH /v1/branches/{code}": "revise_branch",
    "GET /v1/external-targets": "list_external_targets",
    "GET /v1/external-targets/{code}": "get_external_target",
    "PUT /v1/external-targets/{code}": "put_external_target",
    "DELETE /v1/external-targets/{code}": "remove_external_target",
    "POST /v1/external-searches": "search_external_target",
    "POST /v1/imports": "start_import",
    "GET /v1/imports/{import_id}": "get_import",
    "GET /v1/exports/books": "export_books",
    "GET /v1/exports/authorities": "export_authorities",
    "GET /v1/browse/shelf-marks": "browse_shelf_marks",
    "GET /v1/browse/{kind}": "browse_headings",
    "GET /v1/books/duplicates": "list_duplicate_books",
    "POST /v1/books/{book_id}/restore": "restore_book",
    "POST /v1/branches/{code}/closure": "close_branch_for_good",
    "GET /v1/imports": "list_imports",
    "POST /v1/imports/{import_id}/undo": "undo_import",
    "GET /v1/import-profiles": "list_import_profiles",
    "GET /v1/import-profiles/{name}": "get_import_profile",
    "PUT /v1/import-profiles/{name}": "put_import_profile",
    "DELETE /v1/import-profiles/{name}": "remove_import_profile",
    "GET /v1/lists": "list_stock_lists",
    "GET /v1/lists/never-lent": "get_list_never_lent",
    "GET /v1/lists/missing": "get_list_missing",
    "GET /v1/lists/no-shelf-mark": "get_list_no_shelf_mark",
    "GET /v1/lists/duplicate-books": "get_list_duplicate_books",
    "GET /v1/statistics": "list_statistics_of_catalogue",
    "GET /v1/statistics/{atom}": "get_statistics_of_catalogue",
    "POST /v1/statistics/recount": "recount_statistics_of_catalogue",
    "GET /v1/statistics/recounts/{recount_id}": "get_recount_of_catalogue",
}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(load(Settings, database_url="sqlite+aiosqlite:///unused.db"))


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def test_every_operation_keeps_its_name_has_a_summary_and_shows_an_example(document: dict[str, Any]) -> None:
    found = {
        f"{method.upper()} {path}": operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/v1/")
    }

    assert OPERATIONS == {place: operation["operationId"] for place, operation in found.items()}
    for place, operation in found.items():
        assert operation["summary"], place
        assert operation["tags"], place
        if "requestBody" in operation:
            for media in operation["requestBody"]["content"].values():
                schema = media["schema"]
                named = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
                assert media.keys() & {"example", "examples"} or named.get("examples"), place


def test_every_answer_shows_an_example_that_is_one(app: FastAPI) -> None:
    document = app.openapi()
    answers = {
        operation["operationId"]: answer["content"]["application/json"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for status, answer in operation.get("responses", {}).items()
        if status.startswith("2") and "application/json" in answer.get("content", {})
    }
    shown = {route.operation_id: route.response_model for route in app.routes if isinstance(route, APIRoute)}

    for operation, shape in shown.items():
        if shape is None:
            continue
        schema = document["components"]["schemas"].get(answers[operation]["schema"]["$ref"].rpartition("/")[2], {})
        example = answers[operation].get("example", *schema.get("examples", [None]))
        assert example is not None, operation
        assert TypeAdapter(shape).validate_json(json.dumps(example)), operation
        assert example.keys() == schema["properties"].keys(), operation


def test_every_parameter_of_a_question_is_explained(document: dict[str, Any]) -> None:
    parameters = [
        parameter
        for operations in document["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    ]

    assert [] == [parameter["name"] for parameter in parameters if not parameter.get("description")]


def test_every_refusal_of_an_operation_is_in_the_document(document: dict[str, Any]) -> None:
    def codes(path: str, method: str, status: str) -> set[str]:
        (media,) = document["paths"][path][method]["responses"][status]["content"].values()
        return set(media.get("examples", {}))

    assert {"isbn-already-catalogued", "barcode-taken", "branch-closed"} == codes("/v1/books", "post", "409")
    assert {"barcode-taken", "branch-closed"} == codes("/v1/books/{book_id}/copies", "post", "409")
    assert {"copy-not-found"} == codes("/v1/copies/lendability", "get", "404")
    assert {"book-has-copies"} == codes("/v1/books/{book_id}", "delete", "409")
    assert {"isbn-already-catalogued"} == codes("/v1/books/{book_id}", "patch", "409")
    assert {"copy-on-loan", "barcode-taken", "branch-closed"} == codes("/v1/copies/{copy_id}", "patch", "409")
    assert {"copy-withdrawn", "copy-on-loan"} == codes("/v1/copies/{copy_id}/status", "post", "409")
    assert {"format-not-supported", "invalid-mapping"} <= codes("/v1/imports", "post", "422")
    assert {"if-match-required"} == codes("/v1/copies/{copy_id}", "patch", "428")
    assert {"invalid-json"} == codes("/v1/books", "post", "400")
    assert {"too-large"} == codes("/v1/books/{book_id}", "put", "413")
    assert {"unsupported-media-type"} == codes("/v1/branches", "post", "415")
    assert "428" not in document["paths"]["/v1/books/{book_id}"]["delete"]["responses"]
    assert "400" not in document["paths"]["/v1/imports"]["post"]["responses"]


def test_the_tag_is_asked_for_where_it_is_needed_and_may_be_left_out_where_it_is_not(document: dict[str, Any]) -> None:
    book = document["paths"]["/v1/books/{book_id}"]

    def tag(method: str) -> tuple[bool, bool]:
        (header,) = [each for each in book[method]["parameters"] if each["name"] == "If-Match"]
        return header["required"], "example" in header

    assert [(True, True), (True, True), (False, False)] == [tag(method) for method in ("put", "patch", "delete")]


async def test_the_service_says_that_it_is_well_and_what_it_tells_and_hears(service: Service) -> None:
    ready = await service.get("/health/ready")
    document = (await service.get("/asyncapi.json")).json()

    assert (200, "ready") == (ready.status_code, ready.json()["status"])
    assert {"send", "receive"} == {operation["action"] for operation in document["operations"].values()}
    assert "loans.copy.availability_changed" in {channel["address"] for channel in document["channels"].values()}


async def test_an_unknown_address_and_a_wrong_method_are_problems(service: Service) -> None:
    assert (404, "not-found") == problem(await service.get("/v1/magazines"))
    assert (405, "method-not-allowed") == problem(await service.http.put("/v1/books"))
