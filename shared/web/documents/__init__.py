"""The documentation of a service: its OpenAPI document and the pages that show it."""
