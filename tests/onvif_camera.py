"""A camera that turns, on loopback: as much ONVIF as a client needs, told how to misbehave. It checks every digest itself."""

import base64
import datetime as dt
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.etree import ElementTree

SPACES = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tptz": "http://www.onvif.org/ver20/ptz/wsdl",
    "tt": "http://www.onvif.org/ver10/schema",
    "ter": "http://www.onvif.org/ver10/error",
    "o": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "u": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
}
GENERIC = "http://www.onvif.org/ver10/tptz/PanTiltSpaces/PositionGenericSpace"
ELSEWHERE = "http://192.0.2.1:1"  # where the camera says that its services are, as one behind a router does
NAME, PASSWORD = "eye", "pä:ss@1"
WIDE = "<tt:Min>-1</tt:Min><tt:Max>1</tt:Max>"
ENVELOPE = "<s:Envelope {}><s:Body>{}</s:Body></s:Envelope>"
CONFIGURATION = (
    '<tt:PTZConfiguration token="c1"><tt:Name>c</tt:Name><tt:UseCount>1</tt:UseCount>'
    "<tt:NodeToken>n1</tt:NodeToken></tt:PTZConfiguration>"
)


def _service(space: str, path: str) -> str:
    version = "<tds:Version><tt:Major>2</tt:Major><tt:Minor>0</tt:Minor></tds:Version>"
    where = f"<tds:Namespace>{SPACES[space]}</tds:Namespace><tds:XAddr>{ELSEWHERE}{path}</tds:XAddr>"
    return f"<tds:Service>{where}{version}</tds:Service>"


@dataclass
class OnvifCamera:
    """What it is told to be like, and what it was asked."""

    port: int = 0
    has_ptz: bool = True
    has_absolute: bool = True
    is_old: bool = False  # knows GetCapabilities alone
    is_stubborn: bool = False  # refuses to move
    moves_on: str = ""  # redirects there
    body: bytes | None = None  # answers this, whatever it is asked
    ahead_s: float = 0.0  # its clock
    holds: threading.Event | None = None  # answers when this is set
    asked: list[str] = field(default_factory=list)
    moves: list[tuple[float, float]] = field(default_factory=list)
    gone_to: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.at("p%C3%A4%3Ass%401")

    def at(self, password: str) -> str:
        return f"http://{NAME}:{password}@127.0.0.1:{self.port}/onvif/device_service"

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.ahead_s)

    def knows(self, sent: ElementTree.Element) -> bool:
        """Whether the digest is right, and signed within 5 s of the camera's own clock."""
        parts = ("o:Nonce", "u:Created", "o:Password", "o:Username")
        said = {part: sent.findtext(f".//{part}", "", SPACES) for part in parts}
        if not said["u:Created"]:
            return False
        signed = dt.datetime.fromisoformat(said["u:Created"].replace("Z", "+00:00"))
        sum_of = base64.b64decode(said["o:Nonce"]) + said["u:Created"].encode() + PASSWORD.encode()
        right = base64.b64encode(hashlib.sha1(sum_of).digest()).decode()
        is_now = abs((self.now - signed).total_seconds()) < 5
        return is_now and said["o:Username"] == NAME and said["o:Password"] == right

    # ---- answers, named as they are asked

    def get_system_date_and_time(self, _: Any) -> str:
        at = self.now
        clock = f"<tt:Hour>{at.hour}</tt:Hour><tt:Minute>{at.minute}</tt:Minute><tt:Second>{at.second}</tt:Second>"
        day = f"<tt:Year>{at.year}</tt:Year><tt:Month>{at.month}</tt:Month><tt:Day>{at.day}</tt:Day>"
        whole = "<tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>"
        utc = f"<tt:UTCDateTime><tt:Time>{clock}</tt:Time><tt:Date>{day}</tt:Date></tt:UTCDateTime>"
        return f"<tds:SystemDateAndTime>{whole}{utc}</tds:SystemDateAndTime>"

    def get_services(self, _: Any) -> str | None:
        if self.is_old:
            return None
        found = _service("trt", "/onvif/media") + (_service("tptz", "/onvif/ptz?x=1") if self.has_ptz else "")
        return _service("tds", "/onvif/device_service") + found

    def get_capabilities(self, _: Any) -> str:
        streaming = "<tt:StreamingCapabilities/>"
        media = f"<tt:Media><tt:XAddr>{ELSEWHERE}/onvif/media</tt:XAddr>{streaming}</tt:Media>"
        ptz = f"<tt:PTZ><tt:XAddr>{ELSEWHERE}/onvif/ptz?x=1</tt:XAddr></tt:PTZ>" if self.has_ptz else ""
        return f"<tds:Capabilities>{media}{ptz}</tds:Capabilities>"

    def get_profiles(self, _: Any) -> str:
        plain = '<trt:Profiles token="p0" fixed="true"><tt:Name>still</tt:Name></trt:Profiles>'
        return f'{plain}<trt:Profiles token="p1" fixed="true"><tt:Name>main</tt:Name>{CONFIGURATION}</trt:Profiles>'

    def get_node(self, _: Any) -> str:
        space = f"<tt:URI>{GENERIC}</tt:URI><tt:XRange>{WIDE}</tt:XRange><tt:YRange>{WIDE}</tt:YRange>"
        absolute = f"<tt:AbsolutePanTiltPositionSpace>{space}</tt:AbsolutePanTiltPositionSpace>"
        spaces = f"<tt:SupportedPTZSpaces>{absolute if self.has_absolute else ''}</tt:SupportedPTZSpaces>"
        rest = "<tt:MaximumNumberOfPresets>9</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported>"
        return f'<tptz:PTZNode token="n1"><tt:Name>n</tt:Name>{spaces}{rest}</tptz:PTZNode>'

    def absolute_move(self, sent: ElementTree.Element) -> str | None:
        to = sent.find(".//tt:PanTilt", SPACES)
        if self.is_stubborn or to is None or sent.findtext(".//tptz:ProfileToken", "", SPACES) != "p1":
            return None
        self.moves.append((float(to.get("x", "nan")), float(to.get("y", "nan"))))
        return ""

    def get_presets(self, _: Any) -> str:
        return '<tptz:Preset token="1"><tt:Name>东门 &amp; 桥</tt:Name></tptz:Preset><tptz:Preset token="2"/>'

    def goto_preset(self, sent: ElementTree.Element) -> str | None:
        token = sent.findtext(".//tptz:PresetToken", "", SPACES)
        if token not in ("1", "2"):
            return None
        self.gone_to.append(token)
        return ""


class _Door(BaseHTTPRequestHandler):
    camera: OnvifCamera
    space_of = {"/onvif/device_service": "tds", "/onvif/media": "trt", "/onvif/ptz?x=1": "tptz"}

    def do_POST(self) -> None:
        camera = self.camera
        sent = ElementTree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
        name = sent.find("s:Body", SPACES)[0].tag.partition("}")[2]  # type: ignore[index]
        camera.asked.append(name)
        if camera.holds:
            camera.holds.wait(20)
        if camera.moves_on:
            return self.say(307, b"", Location=camera.moves_on)
        if camera.body is not None:
            return self.say(200, camera.body)
        if name != "GetSystemDateAndTime" and not camera.knows(sent):
            return self.refuse("Sender", "ter:NotAuthorized", 400)
        words = "".join("_" + one.lower() if one.isupper() else one for one in name).lstrip("_")
        answer = getattr(camera, words)(sent)
        if answer is None:
            return self.refuse("Receiver", "ter:ActionNotSupported", 500)
        space = self.space_of[self.path]
        return self.tell(200, f"<{space}:{name}Response>{answer}</{space}:{name}Response>")

    def refuse(self, code: str, why: str, status: int) -> None:
        value = f"<s:Code><s:Value>s:{code}</s:Value><s:Subcode><s:Value>{why}</s:Value></s:Subcode></s:Code>"
        reason = '<s:Reason><s:Text xml:lang="en">no</s:Text></s:Reason>'
        self.tell(status, f"<s:Fault>{value}{reason}</s:Fault>")

    def tell(self, status: int, body: str) -> None:
        names = " ".join(f'xmlns:{short}="{space}"' for short, space in SPACES.items())
        self.say(status, ENVELOPE.format(names, body).encode())

    def say(self, status: int, body: bytes, **headers: str) -> None:
        try:
            self.send_response(status)
            headers |= {"Content-Type": "application/soap+xml", "Content-Length": str(len(body))}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # whoever asked has gone

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def onvif_camera(**how: Any) -> Iterator[OnvifCamera]:
    """A camera that answers until the end of the block."""
    camera = OnvifCamera(**how)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"camera": camera}))
    server.daemon_threads = True
    camera.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield camera
    finally:
        if camera.holds:
            camera.holds.set()
        server.shutdown()
        server.server_close()
        thread.join()
