"""A cluster that has a few objects: what the chart's `lookup` finds at an upgrade, without one of the real thing."""

import json
import re
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.ports import HOST

Documents = list[dict[str, Any]]
_OF_THE_RELEASE = {"meta.helm.sh/release-name": "library", "meta.helm.sh/release-namespace": "library"}


class Cluster(ThreadingHTTPServer):
    """An API server that has the objects of a few kinds, and otherwise knows only which kinds there are."""

    def __init__(self, documents: Documents, has: Collection[str]) -> None:
        groups: dict[str, dict[str, dict[str, Any]]] = {}
        for kind, version in {(found["kind"], found["apiVersion"]) for found in documents}:
            plural = _plural_of(kind)
            resource = {"name": plural, "singularName": "", "namespaced": True, "kind": kind, "verbs": ["get"]}
            groups.setdefault(version, {})[plural] = resource
        named = [version.split("/") for version in groups if "/" in version]
        self.answers: dict[str, object] = {
            "/version": {"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
            "/api": {"kind": "APIVersions", "versions": ["v1"]},
            "/apis": {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [
                    {
                        "name": group,
                        "versions": [{"groupVersion": f"{group}/{version}", "version": version}],
                        "preferredVersion": {"groupVersion": f"{group}/{version}", "version": version},
                    }
                    for group, version in named
                ],
            },
        }
        for version, resources in groups.items():
            path = f"/apis/{version}" if "/" in version else f"/api/{version}"
            listed = list(resources.values())
            self.answers[path] = {"kind": "APIResourceList", "groupVersion": version, "resources": listed}
        for found in [found for found in documents if found["kind"] in has]:
            metadata, version = found["metadata"], found["apiVersion"]
            metadata = metadata | {"annotations": metadata.get("annotations", {}) | _OF_THE_RELEASE}
            where = f"/apis/{version}" if "/" in version else f"/api/{version}"
            path = f"{where}/namespaces/library/{_plural_of(found['kind'])}/{metadata['name']}"
            self.answers[path] = found | {"metadata": metadata}
        super().__init__((HOST, 0), _Answers)


def _plural_of(kind: str) -> str:
    return re.sub("y$", "ie", kind.lower()) + "s"


class _Answers(BaseHTTPRequestHandler):
    server: Cluster

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        missing = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        body = json.dumps(self.server.answers.get(path, missing)).encode()
        self.send_response(200 if path in self.server.answers else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def cluster_with(documents: Documents, folder: Path, *, has: Collection[str] = ("Secret",)) -> Iterator[Path]:
    """Give the kubeconfig of a cluster that knows these kinds of objects, and has those of the kinds that it `has`."""
    server = Cluster(documents, has)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me", "namespace": "library"}}],
        "clusters": [{"name": "here", "cluster": {"server": f"http://{HOST}:{server.server_port}"}}],
        "users": [{"name": "me", "user": {}}],
    }
    (folder / "kubeconfig").write_text(json.dumps(config))
    try:
        yield folder / "kubeconfig"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
