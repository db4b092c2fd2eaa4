"""An incident as a folder that proves itself: files, and a signed manifest that `verify.py` checks."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from command import audit, manifests, signing, tables
from command.permissions import Capability, Level, Principal
from dispatch import incident_media, incident_sheet, photos, timeline
from dispatch.models import Incident

OWN = Level.OWN
STILLS_S = 30.0  # for all stills together: the front door waits 60 s for a page; at the console nobody is in a hurry
COLUMNS = ("time", "lat", "lon", "speed", "course", "altitude", "accuracy", "battery", "late")
README = {
    "en": "incident.json: the facts, units and log. timeline.json and timeline.html: all that happened, in its order.\n"
          "photos/: the photos of the notes, without position or camera data; timeline.json names them.\n"
          "media/recordings/: what cameras that see the place and the crews' phones recorded, a folder each, as it was written;\n"
          "media/recordings.json: whose each file is, from when to when, and the links of the chain. `own`: it belongs to the\n"
          "incident, the others only lead on to what the audit knows (`anchors`) and have no file; `erased_at`: erased at its\n"
          "term; `kept`: a film that a phone kept at full quality, with sound where it could, and sent later; `gaps`: when\n"
          "nothing was recorded between two of a source.\n"
          "media/stills/: what was to be seen when the call came and when units came to the scene; media/stills.json: of which\n"
          "recording each picture was made, and how; `left_out`: why there is none.\n"
          "media/voice/: what was said in the incident's talk group (Ogg Opus), a file a turn; media/voice.json: who, and when.\n"
          "tracks.csv: where the units were (WGS-84; m/s, degrees, metres; times in UTC).\n"
          "manifest.json: the SHA-256 of each file, signed with the station's key.\n\n"
          "To verify: python3 verify.py FOLDER --key FINGERPRINT\n"
          "Get the fingerprint from the station by another way than this folder. A copy of verify.py lies here for\n"
          "convenience; a copy from elsewhere proves more.\n",
    "zh-hans": "incident.json：案情、单元、日志。timeline.json 与 timeline.html：按时间顺序的全部经过。\n"
               "photos/：随记录附上的照片，不含位置和相机信息；timeline.json 列有文件名。\n"
               "media/recordings/：能看到现场的摄像头和出警人员手机的录像原件，每个来源一个文件夹；\n"
               "media/recordings.json：每个文件的来源、起止时间以及链条各环。own 为真的属于本警情，其余仅用于接到\n"
               "审计所记的各环（anchors），不附文件；erased_at：到期删除的时间；kept 为真的，是手机以原画质自行保存\n"
               "（尽可能带声音）、事后上传的录像；gaps：同一来源两段录像之间没有录到的时间。\n"
               "media/stills/：报警时和各单元到场时的画面；media/stills.json：每幅由哪个录像文件、如何生成；left_out：未附画面的原因。\n"
               "media/voice/：警情通话组中的讲话（Ogg Opus），每次一个文件；media/voice.json：讲话人和时间。\n"
               "tracks.csv：各单元的位置（WGS-84；米/秒、度、米；时间为 UTC）。\n"
               "manifest.json：每个文件的 SHA-256，由本所密钥签名。\n\n"
               "核验：python3 verify.py 文件夹 --key 指纹\n"
               "指纹须从本文件夹以外的途径向派出所取得。此处附有 verify.py 仅为方便；用他处取得的同一程序核验更可信。\n",
}  # fmt: skip

LEFT_OUT = {
    "en": {
        "media": "\nmedia/ is left out: whoever exported this may not play recordings.\n",
        "tracks": "\ntracks.csv is left out: whoever exported this may not see where the units were.\n",
    },
    "zh-hans": {
        "media": "\n未附 media/：导出人无权播放录像和录音。\n",
        "tracks": "\n未附 tracks.csv：导出人无权查看各单元的轨迹。\n",
    },
}


def fingerprint() -> str:
    """What a verifier must be told by another way."""
    return signing.fingerprint()


def export(principal: Principal | None, incident: Incident, folder: Path) -> dict[str, Any]:
    """Write the incident into an empty or new folder and sign it; returns the manifest. `principal` None: the console.

    The export is entered first. The caller, and where units were, only for those who may see them.
    Raises Invalid where the folder holds something, Problem (503) where the entry can't be written.
    """
    manifests.begin(folder)
    with_tracks = timeline.may_see_tracks(principal, incident)
    at = ("incident", incident.number, incident.station_id)
    audit.look_up(principal, "export_incident", *at, tracks=with_tracks)
    sheet = incident_sheet.sheet(incident, principal, with_tracks=with_tracks)
    _json(folder / "incident.json", {name: said for name, said in sheet["whole"].items() if name != "map_units"})
    _photos(folder, sheet["moments"])
    with_media = _with_media(principal, incident)
    if with_media:
        _media(folder, incident, None if principal is None else STILLS_S)
    _json(folder / "timeline.json", [timeline.payload(one) for one in sheet["moments"]])
    style = (settings.BASE_DIR / "static" / "src" / "css" / "incident.css").read_text(encoding="utf-8")
    paper = render_to_string("dispatch/incident_paper.html", {**sheet, "style": style, "on_paper": True})
    (folder / "timeline.html").write_text(paper, encoding="utf-8")
    if with_tracks:
        _csv(folder / "tracks.csv", sheet["tracks"])
    language = "en" if translation.get_language() == "en" else "zh-hans"
    left_out = [name for name, is_in in (("media", with_media), ("tracks", with_tracks)) if not is_in]
    readme = README[language] + "".join(LEFT_OUT[language][name] for name in left_out)
    (folder / "README.txt").write_text(readme, encoding="utf-8")
    shutil.copyfile(settings.BASE_DIR / "verify.py", folder / "verify.py")
    return manifests.seal(folder, "incident", incident.number, incident.station, left_out)


def _media(folder: Path, incident: Incident, stills_s: float | None) -> None:
    for name, said in (
        ("recordings", incident_media.write(incident, folder)),
        ("stills", incident_media.write_stills(incident, folder, stills_s)),
        ("voice", incident_media.write_voice(incident, folder)),
    ):
        if said:
            (folder / "media").mkdir(exist_ok=True)  # where every file is missing, its list is there
            _json(folder / "media" / f"{name}.json", said)


def _with_media(principal: Principal | None, incident: Incident) -> bool:
    return principal is None or principal.rights().may(Capability.PLAY_RECORDINGS, incident.station_id)


def _photos(folder: Path, moments: list[timeline.Moment]) -> None:
    """The photos of the notes, as they are kept; one that is gone or damaged the line of time names as such."""
    for photo in (photo for one in moments for photo in one.photos):
        content = photos.whole(photo)
        if content is not None:
            (folder / "photos").mkdir(exist_ok=True)
            (folder / "photos" / f"{photo.key}.jpg").write_bytes(content)


def _json(path: Path, said: Any) -> None:
    path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _csv(path: Path, tracks: list[timeline.Track]) -> None:
    """Names of units and devices are people's words: a spreadsheet must not take one for a formula."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("unit", "device", *COLUMNS))
        for one in tracks:
            rows.writerows(
                (tables.harmless(one.unit), tables.harmless(one.device), *(fix[name] for name in COLUMNS))
                for fix in one.fixes
            )
