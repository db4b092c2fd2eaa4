#!/usr/bin/env python3
"""Verify what a station exported: an incident's folder, or its audit against the signed heads that were kept elsewhere.

    python3 verify.py FOLDER --key FINGERPRINT
    python3 verify.py FOLDER --heads FILE --key FINGERPRINT

FINGERPRINT is the SHA-256 of the station's public key in hex; it must come to you by another way than what it vouches for.

An incident: FOLDER is what `./station manage incident_export` wrote: files, and `manifest.json` with the SHA-256 of each
(`files`), signed with the station's key (`key`, `signature`: Ed25519 of the canonical JSON without `signature`). Exit 0: the
folder holds what was exported and nothing else, nothing of the incident was gone at the station before that, each recording
follows from the one before (`media/recordings.json`: `link` = SHA-256 of “before source number sha256 began_us ended_us”) and
is the one that the audit knows (`anchors`). It also says what is no error: gaps, what was erased at its term, what was left out.
Exit 1: something was changed, is missing or was added; it says what.
The folder alone proves what the station signed. That the station itself cut nothing off before it signed is proved by its audit,
whose heads are kept elsewhere: each entry that is named here stands in an audit's export, with its number and its hash.

An audit: FOLDER is what `./station manage audit_export` wrote: `manifest.json` and `entries.txt`, one entry a line,
`HASH CANONICAL-JSON`, where HASH = SHA-256(hash before + canonical JSON) in hex. FILE is the station's file in the folder
of heads: one JSON object a line with `station, number, hash, at, before, key, signature`; `before` is the SHA-256 of the
line before, so that the signature of the last one vouches for all. Exit 0: every entry is as it was written. Exit 1:
something is not, with the number of the first entry that can't be trusted. Exit 2: this could not be verified at all.

Needs nothing but Python's standard library (3.10 or newer).
"""

import argparse
import datetime
import hashlib
import hmac
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

ZERO = "0" * 64


class Broken(Exception):
    """The audit is not what was written; `number` is the first entry that can't be trusted."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(why)
        self.number = number


# ---- Ed25519 (RFC 8032, 5.1): points in extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def _recovered(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def _point(raw: bytes) -> Point | None:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = _recovered(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _added(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _added(result, point)
        point, scalar = _added(point, point), scalar >> 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE: Point = (_recovered(BASE_Y, 0) or 0, BASE_Y, 1, (_recovered(BASE_Y, 0) or 0) * BASE_Y % P)


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) of `message` was made with the key whose public half (32 bytes) this is."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = _times(s, BASE), _added(r, _times(h, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- heads


def said(head: dict[str, Any]) -> bytes:
    """What is signed of a head: its canonical JSON without the signature."""
    return canonical({name: value for name, value in head.items() if name != "signature"})


def canonical(value: dict[str, Any]) -> bytes:
    """JSON in the one spelling that is signed: sorted names, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogatepass")


def trusted(head: dict[str, Any], fingerprint: str) -> bool:
    """Whether a head (or a checkpoint) was signed with the key of this fingerprint."""
    try:
        public, signature = bytes.fromhex(head["key"]), bytes.fromhex(head["signature"])
    except (KeyError, TypeError, ValueError):
        return False
    known = hmac.compare_digest(hashlib.sha256(public).hexdigest(), fingerprint)
    return known and signed(public, said(head), signature)


def read_heads(path: Path, station: str, fingerprint: str) -> list[dict[str, Any]]:
    """The heads of a station in their order, all vouched for by the signature of the last of each unbroken row."""
    lines = path.read_bytes().splitlines()
    heads = [_head(line, place, station) for place, line in enumerate(lines, 1)]
    for place, head in enumerate(heads):
        begins = head["before"] == ZERO
        if not begins and (place == 0 or head["before"] != hashlib.sha256(lines[place - 1]).hexdigest()):
            _unusable(f"{path.name}, line {place + 1}: the heads themselves were changed or cut before this line.")
        last_of_row = place + 1 == len(heads) or heads[place + 1]["before"] == ZERO
        if last_of_row and not trusted(head, fingerprint):
            _unusable(f"{path.name}, line {place + 1}: not signed with the key {fingerprint[:16]}….")
    return heads


def _head(line: bytes, place: int, station: str) -> dict[str, Any]:
    try:
        head: dict[str, Any] = json.loads(line)
        whole = [type(head[name]) for name in ("number", "hash", "before", "station")] == [int, str, str, str]
    except (ValueError, KeyError, TypeError, RecursionError):
        whole = False
    if not whole:
        _unusable(f"heads, line {place}: expected a head as JSON, found {line[:60]!r}.")
    if head["station"] != station:
        _unusable(f"heads, line {place}: of station {head['station']}, the export is of {station}.")
    return head


def _unusable(why: str) -> NoReturn:
    print(f"cannot verify: {why}", file=sys.stderr)
    sys.exit(2)


# ---- entries


def entries(path: Path, first: int, before: str) -> Iterator[tuple[int, str]]:
    """(number, hash) of each entry, as long as each follows from the one before. Raises Broken."""
    number, sha256 = first, hashlib.sha256
    with path.open("rb") as lines:
        for line in lines:
            text = line.rstrip(b"\n")
            written, text = text[:65], text[65:]
            counted = sha256(before.encode() + text).hexdigest()
            if written != b"%s " % counted.encode() or not text.startswith(b"[%d," % number):
                raise Broken(number, f"entry {number} is not what its hash and its place say")
            before = counted
            yield number, counted
            number += 1


def beginning(manifest: dict[str, Any], fingerprint: str) -> tuple[int, str]:
    """(first number, hash before it): the chain's own beginning, a signed checkpoint, or a later place by `--since`."""
    first, before = manifest["first"], manifest["before"]
    if first == 1 and before != ZERO:
        raise Broken(1, "the chain does not begin with its first entry")
    checkpoint = manifest.get("checkpoint")
    if checkpoint and not trusted(checkpoint, fingerprint):
        raise Broken(checkpoint["number"], "the checkpoint before the first entry is not signed with the key")
    if checkpoint and checkpoint["number"] == first - 1 and checkpoint["hash"] != before:
        raise Broken(first, "the first entry does not follow the checkpoint")
    return first, before


def verify(folder: Path, heads_file: Path, fingerprint: str) -> str:
    """Verify an export; what was found good, in words. Raises Broken."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    heads = read_heads(heads_file, manifest["station"], fingerprint)
    first, before = beginning(manifest, fingerprint)
    vouched: dict[int, str] = {}
    for head in heads:
        if vouched.setdefault(head["number"], head["hash"]) != head["hash"]:
            raise Broken(head["number"], f"two heads differ about entry {head['number']}: an old state was restored")
    last_good, last = first - 1, first - 1
    if vouched.get(last, before) != before:
        raise Broken(first, f"what came before entry {first} is not what the head {last} says")
    for number, counted in entries(folder / "entries.txt", first, before):
        last = number
        if number not in vouched:
            continue
        if vouched[number] != counted:
            raise Broken(last_good + 1, f"the chain was rewritten: entry {number} is not what the signed head says")
        last_good = number
    newest = max(vouched, default=0)
    if last < newest:
        raise Broken(last + 1, f"the tail is missing: a signed head knows entry {newest}, the export ends with {last}")
    if last_good < first and (last >= first or last not in vouched):
        _unusable("no signed head vouches for any of these entries.")
    told = f"{last - first + 1} entries ({first} to {last}) of {manifest['station']} are as they were written."
    return told if last == last_good else f"{told} Entries {last_good + 1} to {last} are newer than the last head."


# ---- a folder with a signed manifest

MANIFEST = "manifest.json"


class Wrong(Exception):
    """The folder is not what was exported."""


def signed_manifest(folder: Path, fingerprint: str) -> dict[str, Any]:
    """The folder's manifest, once its signature is found good. Raises Wrong."""
    path = folder / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise Wrong(f"{MANIFEST} is missing")
    try:
        raw = path.read_bytes()
        manifest = json.loads(raw)
    except (ValueError, RecursionError):
        raise Wrong(f"{MANIFEST} was changed: expected JSON") from None
    if not isinstance(manifest, dict) or not trusted(manifest, fingerprint):
        raise Wrong(f"{MANIFEST} was changed, or is not signed with the key {fingerprint[:16]}…")
    if raw.strip() != canonical(manifest):  # a name twice, say: whoever reads it would see what was not signed
        raise Wrong(f"{MANIFEST} was changed: it is not spelled as it was signed")
    files = manifest.get("files")
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        raise Wrong(f"{MANIFEST}: expected the SHA-256 of each file; it is signed, but not of such an export")
    return manifest


def verify_folder(folder: Path, fingerprint: str) -> str:
    """Verify that a folder holds the files of its signed manifest and nothing else. Raises Wrong, naming all that differs."""
    manifest = signed_manifest(folder, fingerprint)
    files: dict[str, str] = manifest["files"]
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    known = {MANIFEST, *files}
    known |= {parent.as_posix() for name in files for parent in PurePosixPath(name).parents}
    wrong = [f"{shown(name)} was added" for name in sorted(found.keys() - known)]
    for name, digest in sorted(files.items()):
        if name not in found:
            wrong.append(f"{shown(name)} is missing")
        elif found[name].is_symlink() or not found[name].is_file() or digest_of(found[name]) != digest:
            wrong.append(f"{shown(name)} was changed")
    wrong, notes = media_of(folder, files) if not wrong else (wrong, [])
    if wrong:
        raise Wrong("\n".join(wrong))
    what, when = (manifest.get(name, "?") for name in ("subject", "exported_at"))
    said = f"{len(files)} files of {what} are as they were exported at {when}."
    return "\n".join([said, *notes, *left_out(manifest)])


# ---- what was recorded and said: `media/` of an incident

MEDIA = "media/"
LISTS = {name: f"{MEDIA}{name}.json" for name in ("recordings", "stills", "voice")}
NOTHING: dict[str, list[Any]] = {"files": [], "gaps": [], "anchors": []}
BEGINNING = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)  # noqa: UP017 - Python 3.10 knows no datetime.UTC
KEPT_US = 2_000_000  # less between two films that a phone kept is no gap
LEFT_OUT = {
    "media": "media/ is left out: whoever exported this may not play recordings",
    "tracks": "tracks.csv is left out: whoever exported this may not see where the units were",
}
Row = dict[str, Any]


def media_of(folder: Path, files: dict[str, str]) -> tuple[list[str], list[str]]:
    """What does not hold of recordings, stills and turns of talk, by their lists; where all does, what else is to be known."""
    try:
        told = {name: json.loads((folder / path).read_text("utf-8")) for name, path in LISTS.items() if path in files}
        wrong = list(_wrong(told, files))
        notes = [] if wrong else list(_notes(told))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
        wrong, notes = [f"{MEDIA}: expected lists of recordings, stills and turns of talk as they are exported"], []
    return [shown(line) for line in wrong], [shown(line) for line in notes]


def _wrong(told: dict[str, Any], files: dict[str, str]) -> Iterator[str]:
    recorded = told.get("recordings", NOTHING)
    rows, stills, turns = recorded["files"], told.get("stills", []), told.get("voice", [])
    listed = {LISTS[name] for name in told} | {row["file"] for row in (*rows, *stills, *turns)}
    yield from (f"{name} is in no list" for name in sorted(files) if name.startswith(MEDIA) and name not in listed)
    for before, row in zip([None, *rows], rows, strict=False):
        yield from _wrong_link(before, row)
        yield from _wrong_file(row, files)
    yield from _wrong_anchors(rows, recorded["anchors"])
    if [(gap["source"], gap["from_us"], gap["to_us"]) for gap in recorded["gaps"]] != gaps(rows):
        yield f"{LISTS['recordings']}: its gaps are not those between its recordings"
    for still in stills:
        yield from _wrong_still(still, files)
    for turn in turns:
        yield from _wrong_turn(turn, files)


def _wrong_link(before: Row | None, row: Row) -> Iterator[str]:
    words = " ".join(str(row[part]) for part in ("before", "source", "number", "sha256", "began_us", "ended_us"))
    if hashlib.sha256(words.encode()).hexdigest() != row["link"]:
        yield f"{_name(row)} was swapped: its link is not that of its hash and times"
    if row["number"] == 1 and row["before"] != ZERO:
        yield f"{_name(row)} is not the first: it follows another"
    if before is None or before["source"] != row["source"]:
        return
    if before["number"] + 1 != row["number"]:
        yield f"recording {before['number'] + 1} of {row['source']} is missing"
    elif before["link"] != row["before"]:
        yield f"{_name(row)} was put in: it does not follow the one before"


def _wrong_file(row: Row, files: dict[str, str]) -> Iterator[str]:
    """A recording of the incident has its file, unless the audit says that it was there to be erased at its term."""
    if row["file"] is not None:
        if files.get(row["file"]) != row["sha256"]:
            yield f"{_name(row)} was swapped: the file is not the one that was recorded"
    elif row["own"] and row["erased_at"] is None:
        yield f"{_name(row)} ({_span(row)}) is missing: its file was gone at the station before it was exported"
    elif row["own"] and not (row["erasure"] and row["erasure"]["found"] is True):
        why = "its file was gone before" if row["erasure"] else "the audit holds no entry of that"
        yield f"{_name(row)} ({_span(row)}) is missing: said to be erased at {row['erased_at']}, but {why}"


def _wrong_anchors(rows: list[Row], anchors: list[Row]) -> Iterator[str]:
    """The audit knew these links when they were the newest: the rows bear them, as far as the audit's entries reach."""
    links = {(row["source"], row["number"]): row["link"] for row in rows}
    for one in anchors:
        name, link = _name(one), links.get((one["source"], one["number"]))
        if link is None:
            yield f"{name} is missing: {_entry(one)} knows of it"
        elif link != one["link"]:
            yield f"{name} is another than {_entry(one)} knows"


def _wrong_still(still: Row, files: dict[str, str]) -> Iterator[str]:
    name = f"still of {still['source']} at {still['at']}"
    if still["file"] is None:
        return
    if files.get(still["file"]) != still["sha256"]:
        yield f"{name} was swapped: it is not the picture that was made"
    if files.get(still["made_of"]) != still["made_of_sha256"]:
        yield f"{name} was made of no recording that is here"


def _wrong_turn(turn: Row, files: dict[str, str]) -> Iterator[str]:
    if turn["file"] is None and turn["sha256"]:
        yield f"{_turn(turn)} is missing: its sound was gone or altered at the station before it was exported"
    elif turn["file"] is not None and files.get(turn["file"]) != turn["sha256"]:
        yield f"{_turn(turn)} was swapped: the sound is not the one that was kept"


def gaps(rows: list[Row]) -> list[tuple[int, int, int]]:
    """Between the incident's own recordings: of which source, from when to when nothing was recorded, in µs since 1970."""
    found = []
    ordered = sorted(rows, key=lambda row: (row["source"], row["began_us"], row["number"]))
    for source in sorted({row["source"] for row in rows if row["own"]}):
        all_of = [row for row in ordered if row["source"] == source]
        own = [row["began_us"] for row in all_of if row["own"]]
        reached = all_of[0]
        for row in all_of[1:]:
            begins, ends = reached["ended_us"], row["began_us"]
            if ends - begins > _short_us(reached) and own[0] <= reached["began_us"] and ends <= own[-1]:
                found.append((source, begins, ends))
            reached = max(reached, row, key=lambda one: int(one["ended_us"]))
    return found


def _short_us(row: Row) -> int:
    """How long may pass after a file until the next begins: the time of some of its pictures, but none where it was cut off."""
    if row["cut_off"]:
        return 0
    return 250_000 + 3 * (row["ended_us"] - row["began_us"]) // int(row["packets"]) if row["packets"] else KEPT_US


# ---- what is no error, but is said


def _notes(told: dict[str, Any]) -> Iterator[str]:
    recorded = told.get("recordings", NOTHING)
    for row in recorded["files"]:
        if row["own"] and row["file"] is None:
            yield f"{_name(row)} ({_span(row)}) was erased at its term: {_entry(row['erasure'])}, {row['erased_at']}"
    for gap in recorded["gaps"]:
        yield f"nothing was recorded of {_source(gap)} from {_when(gap['from_us'])} to {_when(gap['to_us'])}"
    for source in sorted({row["source"] for row in recorded["files"]}):
        chain, known = ([row for row in recorded[part] if row["source"] == source] for part in ("files", "anchors"))
        yield _proved(chain, known)
    for still in told.get("stills", []):
        if still["file"] is None:
            why = {"no_time": "there was no time to make it", "no_picture": "none could be made"}[still["left_out"]]
            yield f"no still of {_source(still)} at {still['at']}: {why}"
    for turn in told.get("voice", []):
        if turn["file"] is None:
            why = f"was erased at {turn['erased_at']}" if turn["erased_at"] else "could not be kept"
            yield f"{_turn(turn)} {why}"


def _proved(chain: list[Row], known: list[Row]) -> str:
    """How far a source's chain is known to the audit, by the first and the last entry that knows it."""
    first, last = chain[0]["number"], chain[-1]["number"]
    numbers = [one["number"] for one in known]
    said = [f"{_source(chain[0])}: recordings {first} to {last} are one chain"]
    said += [f"{_entry(one)} knows {one['number']}" for one in known[:1] + known[1:][-1:]]
    if first != 1 and first not in numbers:
        said.append(f"whether there were others before {first}, this folder does not prove")
    if last not in numbers:
        said.append(f"whether there were others after {last}, this folder does not prove")
    return "; ".join(said)


def left_out(manifest: dict[str, Any]) -> list[str]:
    """What the export says that it lacks, since it was not for whoever exported it."""
    names = manifest.get("left_out", [])
    return [LEFT_OUT.get(str(name), f"{shown(str(name))} is left out") for name in names if isinstance(names, list)]


def _name(row: Row) -> str:
    return f"recording {row['number']} of {row['source']}"


def _source(row: Row) -> str:
    return f"{row['source']} ({row['name']})"


def _turn(turn: Row) -> str:
    return f"what {turn['speaker']} said at {turn['began_at']}"


def _entry(one: Row) -> str:
    return f"entry {one['entry']} of the audit of {one['station']}"


def _span(row: Row) -> str:
    return f"{_when(row['began_us'])} to {_when(row['ended_us'])}"


def _when(us: int) -> str:
    """A moment in µs since 1970, as ISO 8601."""
    return (BEGINNING + datetime.timedelta(microseconds=us)).isoformat()


def shown(name: str) -> str:
    """A file's name as it may stand on a terminal: one that holds line breaks or commands to it is spelled out."""
    return name if name.isprintable() else ascii(name)


def digest_of(path: Path) -> str:
    """SHA-256 of a file in hex, however large it is."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def main() -> int:
    """The command line."""
    for out in (sys.stdout, sys.stderr):
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="backslashreplace")  # a console that lacks a name's letters spells them out
    parser = argparse.ArgumentParser(description="Verify what a station exported: an incident, or its audit.")
    parser.add_argument("folder", type=Path, help="what incident_export or audit_export wrote")
    parser.add_argument("--heads", type=Path, help="of an audit: the station's file of signed heads")
    parser.add_argument("--key", required=True, help="the fingerprint of the key that signs: 64 hex digits")
    asked = parser.parse_args()
    fingerprint = asked.key.replace(":", "").strip().lower()
    if len(fingerprint) != 64 or set(fingerprint) - set("0123456789abcdef"):
        parser.error("--key: expected 64 hex digits")
    if asked.folder.is_file():
        parser.error(f"{asked.folder.name}: expected a folder, found a file; unpack it first")
    if asked.heads is None:
        return _folder(asked.folder, fingerprint)
    try:
        print(verify(asked.folder, asked.heads, fingerprint))
    except Broken as broken:
        print(f"first bad entry: {broken.number}\n{broken}")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        _unusable(f"{type(wrong).__name__}: {wrong}")
    return 0


def _folder(folder: Path, fingerprint: str) -> int:
    """Verify an incident's folder; 0, or 1 with all that is wrong."""
    try:
        print(verify_folder(folder, fingerprint))
    except (Wrong, OSError) as wrong:
        hint = "\nIs it an audit? Then give the station's file of signed heads: --heads FILE."
        print(f"{wrong}{hint if (folder / 'entries.txt').exists() else ''}")
        return 1
    except RecursionError:
        print(f"{MANIFEST} is nested too deeply to be one that a station wrote")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
