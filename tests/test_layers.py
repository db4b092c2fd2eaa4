"""Imports point down only; one library, one place; pure files stay pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["command", "devices", "dispatch"]  # from the floor up
STEPS = ["pure", "models", "live", "verbs", "doors"]
PURE = {
    "devices/voice/floor.py", "devices/voice/ogg.py", "dispatch/road_lines.py", "dispatch/road_traffic.py",
    "devices/homography.py", "devices/sight.py", "devices/turning.py",
    "command/geo.py", "command/clock.py", "command/errors.py", "dispatch/states.py", "dispatch/recommend.py",
    "dispatch/recommend_hole.py", "dispatch/recommend_learning.py",
    *(str(path.relative_to(ROOT)) for path in (ROOT / "devices/gateway").glob("*.py")),
}  # fmt: skip
# one library, one place: who may import it
HOMES = {
    "av": {"pictures", "town"},
    "celery": {"celery.py", "tasks.py"},
    "channels": {"sockets.py", "asgi.py"},
    "rest_framework": {"api.py", "rest.py", "forms.py"},
    "onvif": {"onvif.py"},
    "osmium": {"places", "town"},
    "prometheus_client": {"metrics.py"},
    "structlog": {"logs.py"},
}


def files(folder: str) -> Iterator[Path]:
    for path in (ROOT / folder).rglob("*.py"):
        if "migrations" not in path.parts:
            yield path


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """(module, line, whether inside a function) of every import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(node)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.lineno, id(node) in inside


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_downwards(room: str) -> None:
    above = [*ROOMS[ROOMS.index(room) + 1 :], "town", "operation", "tests"]
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {module}"
        for path in files(room)
        for module, line, _ in imports(path)
        if module.split(".")[0] in above
    ]
    assert wrong == []


def test_the_town_imports_no_room() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {module}"
        for path in files("town")
        for module, line, _ in imports(path)
        if module.split(".")[0] in (*ROOMS, "django", "operation")
    ]
    assert wrong == []


def test_no_import_hides_in_a_function() -> None:
    """Except in AppConfig.ready(), where Django wants it, and in the bare entry scripts."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line} {module}"
        for room in ROOMS
        for path in files(room)
        for module, line, inside in imports(path)
        if inside and path.name != "apps.py"
    ]
    assert wrong == []


def test_pure_files_import_nothing_of_the_framework() -> None:
    wrong = [
        f"{name}:{line} {module}"
        for name in sorted(PURE)
        for module, line, _ in imports(ROOT / name)
        if module.split(".")[0] in ("django", "psycopg", "redis", "channels", "rest_framework", "asyncio")
    ]
    assert wrong == []


def _last_word(path: Path) -> str:
    """`desk_api.py` is an `api.py` of the desk's."""
    return path.name.rpartition("_")[2]


@pytest.mark.parametrize("library", HOMES)
def test_one_library_has_one_place(library: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in [*ROOMS, "town"]
        for path in files(room)
        for module, line, _ in imports(path)
        if module.split(".")[0] == library and not HOMES[library] & {path.name, *path.parts, _last_word(path)}
    ]
    assert wrong == []


def test_nothing_writes_by_signal_or_generic_key() -> None:
    words = ("post_save", "pre_save", "GenericForeignKey", "contenttypes.fields")
    wrong = [
        f"{path.relative_to(ROOT)}: {word}"
        for room in ROOMS
        for path in files(room)
        for word in words
        if word in path.read_text(encoding="utf-8")
    ]
    assert wrong == []


def test_public_functions_say_what_they_do() -> None:
    """Every public function, verb and class of the rooms has a docstring; doors' methods and short properties need none."""
    silent = []
    for room in ROOMS:
        for path in files(room):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if not ast.get_docstring(tree) and path.name not in ("__init__.py", "apps.py"):
                silent.append(str(path.relative_to(ROOT)))
            for node in tree.body:
                is_public = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
                if is_public and not ast.get_docstring(node) and path.name not in ("views.py", "apps.py"):
                    silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []
