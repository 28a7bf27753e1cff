"""A host in an interpreter of its own, in which some packages cannot be imported: ``blocked_host.py '{"blocked": [...], ...}'``.

Prints one JSON object: what registration said, and what each request was answered. Run by the tests of degradation.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class Blocker(MetaPathFinder):
    """Makes packages as absent as if they had never been installed."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return None


def main(order: str) -> None:
    import json

    given = json.loads(order)
    already = sorted(name for name in given["blocked"] if name in sys.modules)
    sys.meta_path.insert(0, Blocker(given["blocked"]))

    import flask
    import pluggy

    from atom_zendesk_plugin import hookspecs, plugin

    class Host:
        """Knows one user, by a header that only this test sends."""

        @hookspecs.hookimpl
        def atom_identify_user(self, request: flask.Request) -> dict[str, object] | None:
            return {"user_id": "u-1", "roles": ["admin"], "via": "bearer"} if request.headers.get("X-User") else None

    app = flask.Flask("host", static_folder=None, instance_path=given["instance"])
    app.config.update(given["config"])
    app.add_url_rule("/hello", "hello", lambda: "hello")
    manager = app.extensions[hookspecs.MANAGER] = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(Host())
    manager.register(plugin)
    dependencies = manager.hook.atom_check_dependencies()
    registered = manager.hook.atom_register(app=app, services={})
    http, answers = app.test_client(), []
    for method, path, body in given["requests"]:
        answer = http.open(path, method=method, json=body, headers=given["headers"])
        answers.append({"status": answer.status_code, "body": answer.get_json(silent=True), "text": answer.text[:2000]})
    manager.hook.atom_create_tables(app=app)
    manager.hook.atom_shutdown(app=app)
    imported = sorted(name for name in given["blocked"] if name in sys.modules)
    told = {
        "registered": registered,
        "dependencies": dependencies,
        "answers": answers,
        "already": already,
        "imported": imported,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
