"""The front door: nginx's configuration, made for one home."""

import shutil
from pathlib import Path

from operation import say
from operation.home import Home

DOORS = ("osmand", "owntracks", "traccar", "fixes")  # of devices; everything else is the web process's

MAIN = """\
daemon off;
# One process: a killed master would leave workers behind that keep the port, and the next one could not have it.
master_process off;
pid {run}/nginx.pid;
# Only what keeps nginx from starting: its other messages quote requests, and those carry keys and tokens.
error_log stderr emerg;
events {{ worker_connections 4096; }}
http {{
    types {{
        text/html html; text/css css; text/javascript js mjs; application/json json map; image/svg+xml svg;
        image/png png; image/x-icon ico; font/woff2 woff2; font/woff woff; application/manifest+json webmanifest;
    }}
    default_type application/octet-stream;
    server_tokens off;
    sendfile on;
    tcp_nodelay on;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;

    # no query strings: they carry keys and claim tokens
    log_format plain '$time_iso8601 $remote_addr $request_method $uri $status $body_bytes_sent $request_time';
    access_log /dev/stdout plain buffer=16k flush=5s;

    client_max_body_size 1m;
    client_body_buffer_size 128k;
    client_header_buffer_size 4k;
    large_client_header_buffers 4 16k;
    client_header_timeout 10s;
    client_body_timeout 15s;
    send_timeout 30s;
    keepalive_timeout 75s;
    keepalive_requests 100000;
    reset_timedout_connection on;

    gzip on;
    gzip_types text/css text/javascript application/json image/svg+xml application/vnd.mapbox-vector-tile;
    gzip_min_length 1024;
    gzip_comp_level 4;
    gzip_proxied any;
    gzip_vary on;

    map $http_upgrade $connection_header {{ default upgrade; '' ''; }}
    # A file with a hash in its name never changes.
    map $uri $static_cache {{
        default "no-cache";
        "~(-[0-9A-Z]{{8}}|\\.[0-9a-f]{{12}})\\.[a-z0-9]+$" "public, max-age=31536000, immutable";
    }}
    map $uri $failure_type {{ default text/html; "~^/(api|live|health|{doors})(/|$)" application/json; }}

    upstream web {{ server unix:{sockets}/web.sock max_fails=0; keepalive 16; }}
    upstream ingest {{ server unix:{sockets}/ingest.sock max_fails=0; keepalive 64; keepalive_requests 1000000; }}

    server {{
        listen 127.0.0.1:{port} backlog=1024;
        server_name _;
        root {empty};

        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Connection $connection_header;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout 5s;
        proxy_read_timeout 60s;

        error_page 413 = @too_large;
        error_page 502 504 = @unavailable;

        location /static/ {{
            alias {static}/;
            add_header Cache-Control $static_cache;
            add_header X-Content-Type-Options nosniff;
            access_log off;
        }}
{device_doors}
        location /live/ {{
            proxy_pass http://web;
            proxy_read_timeout 1h;
            proxy_send_timeout 30s;
            proxy_buffering off;
        }}
        location / {{ proxy_pass http://web; }}

        location @too_large {{
            internal;
            default_type application/json;
            return 413 '{{"code":"too_large","message":"The body is larger than 1 MB."}}';
        }}
        # OwnTracks would send what was refused again, for ever, and nothing after it.
        location @taken {{
            internal;
            default_type application/json;
            return 200 '[]';
        }}
        # 503, so that a phone keeps its queue and tries again.
        location @unavailable {{
            internal;
            default_type $failure_type;
            add_header Retry-After 2 always;
            add_header Cache-Control no-store always;
            if ($failure_type = application/json) {{
                return 503 '{{"code":"unavailable","message":"The station is starting or a part of it is down."}}';
            }}
            return 503 '{page}';
        }}
    }}
}}
"""

DOOR = """\
        location {path} {{
            access_log off;
            proxy_pass http://ingest;
            proxy_read_timeout 20s;{extra}
        }}
"""
OWNTRACKS = "\n            error_page 413 = @taken;\n            error_page 502 504 = @unavailable;"

PAGE = (
    '<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta http-equiv="refresh" content="2">'
    '<meta name="viewport" content="width=device-width"><title>正在启动</title>'
    '<body style="background:#0b1118;color:#dde6ee;font:20px sans-serif;padding:2em">'
    '<p>系统正在启动或部分服务中断，请稍候。</p><p lang="en">The station is starting, or a part of it is down. '
    "This page tries again by itself.</p>"
)


def configuration(home: Home, port: int) -> str:
    """The configuration's text for a home whose front door is on 127.0.0.1:`port`."""
    run = home.root / "nginx"
    return MAIN.format(
        run=run,
        sockets=home.sockets,
        port=port,
        static=home.root / "static",
        empty=run / "empty",
        doors="|".join(DOORS),
        device_doors="\n".join(_doors()),
        page=PAGE,
    )


def _doors() -> list[str]:
    """Each door with and without its last slash, since the phone apps' settings have either."""
    return [DOOR.format(path=f"~ ^/{name}(/|$)", extra=OWNTRACKS if name == "owntracks" else "") for name in DOORS]


def ensure(home: Home, port: int) -> Path:
    """Write the configuration and return its path; raises Trouble where a path can't stand in one."""
    for path in (home.root, home.sockets):
        if any(letter in str(path) for letter in " '\"{};$\\#"):
            raise say.Trouble(
                f"{path}: nginx takes no blanks, quotes or brackets in a folder's name; set STATION_HOME."
            )
    run = home.root / "nginx"
    for folder in (run, run / "empty", home.root / "static"):
        folder.mkdir(exist_ok=True)
    path = run / "nginx.conf"
    path.write_text(configuration(home, port))
    return path


def command(home: Home) -> list[str]:
    """nginx in the foreground, for a supervisor."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    run = home.root / "nginx"
    return [program, "-p", str(run), "-c", str(run / "nginx.conf"), "-e", "stderr"]
