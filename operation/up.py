"""`up`, `upgrade` and `down`."""

import argparse
import json
import os
import shlex
import signal
import time
from pathlib import Path
from types import FrameType

from operation import lan, say, services, stamps
from operation.home import PROJECT, Home
from operation.supervisor import GONE, Supervisor


def up(words: list[str]) -> int:
    """Set up and start the station; in the foreground it runs until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="./station up")
    parser.add_argument("--no-town", action="store_true", help="an empty station instead of the demonstration town")
    parser.add_argument("--port", type=_port, help="the front door's port (remembered; first time 8000)")
    parser.add_argument("--lan", action="store_true", help="open to the LAN by HTTPS; without it on 127.0.0.1 alone")
    parser.add_argument(
        "--host", action="append", default=[], help="a further name or address that the LAN knows it by"
    )
    parser.add_argument("--detach", action="store_true", help="return when the station is ready")
    wanted = parser.parse_args(words)
    home = Home.from_environment()
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _interrupt)
    began = time.monotonic()
    with home.alone():
        town = kind(home, no_town=wanted.no_town)
        hosts = lan_hosts(wanted.host, is_wanted=wanted.lan, town=town)
        services.set_up(home)
        name_archive(home)
        started = _bring_up(home, wanted.port or home.port, hosts, town=town)
    tell(home, town=town, seconds=time.monotonic() - began)
    if started and not wanted.detach:
        _stay(home)
    return 0


def upgrade(words: list[str]) -> int:
    """Bring the station to the files as they are now, on the port and the network where it was; it is started if need be."""
    argparse.ArgumentParser(prog="./station upgrade").parse_args(words)
    home = Home.from_environment()
    if "STATION_PORT" not in home.settings():
        raise say.Trouble(f"{home.root} holds no station yet: ./station up makes one.")
    began = time.monotonic()
    with home.alone():
        town = kind(home, no_town=False)
        services.set_up(home)
        _bring_up(home, home.port, home.hosts, town=town)
    tell(home, town=town, seconds=time.monotonic() - began)
    return 0


def lan_hosts(named: list[str], *, is_wanted: bool, town: bool) -> list[str]:
    """The names and addresses for the LAN, or none. Raises Trouble where that may not be."""
    if not is_wanted:
        if named:
            raise say.Trouble("--host: names an address on the LAN, so it needs --lan.")
        return []
    if town:
        raise say.Trouble(
            "A demonstration's accounts are known to everybody: it is never opened to the LAN. Start an empty station:\n"
            "  STATION_HOME=/somewhere/else ./station up --no-town --lan"
        )
    return lan.hosts(named)


def down(words: list[str]) -> int:
    """Stop everything of this home."""
    argparse.ArgumentParser(prog="./station down").parse_args(words)
    home = Home.from_environment()
    with home.alone(), say.step("Stopping"):
        stop(home)
    return 0


def name_archive(home: Home) -> None:
    """Remember the archive's folder that STATION_ARCHIVE names. Raises Trouble where there is none: it must be mounted."""
    named = os.environ.get("STATION_ARCHIVE")
    if not named:
        return
    folder = Path(named).absolute()
    if not folder.is_dir():
        raise say.Trouble(f"STATION_ARCHIVE: there is no folder {folder}. Make it, or mount it, and try again.")
    home.write_settings(STATION_ARCHIVE=str(folder))


def kind(home: Home, *, no_town: bool) -> bool:
    """Whether this is a town home; fixed at its first start. Raises Trouble when the wish comes too late."""
    fixed = home.settings().get("STATION_TOWN")
    if fixed is None:
        return not no_town
    if fixed == "1" and no_town:
        raise say.Trouble(
            f"{home.root} is the demonstration town's home and stays it. For an empty station take another folder:\n"
            "  STATION_HOME=/somewhere/else ./station up --no-town"
        )
    return fixed == "1"


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError("expected a number from 1 to 65535")
    return port


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _bring_up(home: Home, port: int, hosts: list[str], *, town: bool) -> bool:
    """Start what does not run; True when it was this call that started the station."""
    supervisor = Supervisor(home)
    if supervisor.running():
        is_there = port == home.port and set(hosts) == set(home.hosts)
        if is_there and stamps.current(home, "running", services.code()):
            supervisor.start_processes()
            services.wait_until_healthy(home)
            return False
        if is_there:
            say.line("The station runs with other code: bringing it to this one.")
            say.line(f"It did not serve for {services.renew(home, town=town):.1f} s.")
            return False
        say.line("The station runs on another port or network: starting it again.")
        supervisor.stop()
    try:
        services.start(home, port, town=town, hosts=hosts)
    except KeyboardInterrupt:
        stop(home)
        raise
    return True


def stop(home: Home) -> None:
    """Stop everything of this home and take its sockets away."""
    Supervisor(home).stop()
    stamps.forget(home, "running")
    folder = home.sockets
    if folder.is_dir() and not folder.is_symlink():
        for left in folder.iterdir():
            left.unlink(missing_ok=True)
        folder.rmdir()


def tell(home: Home, *, town: bool, seconds: float) -> None:
    """Where the station is and how one gets in."""
    address = _reached_at(home)
    print(f"\nReady after {seconds:.1f} s.\n\n  {address}/         the station")
    print(f"  {address}/desk/    the desk\n  {address}/wall/    the wall\n", flush=True)
    if home.hosts:
        _tell_lan(home, address)
    if town:
        _tell_accounts(home)
    else:
        _tell_claim(home)
    at = "" if home.root == PROJECT / ".run" else f"STATION_HOME={shlex.quote(str(home.root))} "
    print(f"  Logs: {home.log}    Stop: {at}./station down", flush=True)


def _reached_at(home: Home) -> str:
    """The address that people are told: the first of the LAN, or this machine's own."""
    if not home.hosts:
        return home.address
    host = f"[{home.hosts[0]}]" if ":" in home.hosts[0] else home.hosts[0]
    return f"https://{host}" if home.port == 443 else f"https://{host}:{home.port}"


def _tell_lan(home: Home, address: str) -> None:
    """Where devices come to trust the station, and by what they know that it is this one."""
    print(f"  {address.replace('https:', 'http:')}/lan/    install its certificate on each phone and computer, once")
    print(f"  Its fingerprint (SHA-256):\n  {services.certify(home)}\n", flush=True)


def _tell_accounts(home: Home) -> None:
    """The demonstration's accounts; only a town home has any."""
    accounts = json.loads((home.root / "demo.json").read_text())
    for account in accounts:
        print("  {username:<14} {password:<20} {role:<16} {name}".format(**account))
    print("\n  Second factor of those who are asked for one: type the secret into any authenticator app.")
    for account in accounts:
        if account.get("totp_secret"):
            print("  {username:<14} {totp_secret}".format(**account))
    print("  Or let the console tell the six digits of now: ./station manage demo_code NAME\n")


def _tell_claim(home: Home) -> None:
    """Until somebody has claimed an empty station, its console shows the link to do so."""
    if stamps.current(home, "claimed", "1"):
        return
    said = services.asked(home, "init_station")
    if "/claim/" in said:
        print(f"  {said}\n", flush=True)
    else:
        stamps.write(home, "claimed", "1")


def _stay(home: Home) -> None:
    """Stay in the foreground, tell what is started again, and stop everything at Ctrl-C."""
    print("Running in the foreground; Ctrl-C stops the station.", flush=True)
    supervisor = Supervisor(home)
    try:
        known: dict[str, int] = {}
        while True:
            found = {state["name"]: state["pid"] for state in supervisor.states()}
            for name in sorted(name for name, pid in found.items() if known.get(name, pid) != pid):
                say.line(f"{time.strftime('%H:%M:%S')} {name} ended and was started again; see {home.log}/{name}.log")
            known = found
            time.sleep(1)
    except GONE:
        say.line("The station was stopped.")
    except KeyboardInterrupt:
        with home.alone(), say.step("\nStopping"):
            stop(home)
