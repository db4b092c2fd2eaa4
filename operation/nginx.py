"""The front door: nginx's configuration, made for one home."""

import shutil
from pathlib import Path

from operation import lan
from operation.home import Home

DOORS = ("osmand", "owntracks", "traccar", "fixes")  # of devices; everything else is the web process's

MAIN = """\
daemon off;
# One process: a killed master would leave workers behind that keep the port, and the next one could not have it.
master_process off;
pid {run}/nginx.pid;
# Only what keeps nginx from starting: its other messages quote requests, and those carry keys and tokens.
error_log stderr emerg;
events {{ worker_connections {connections}; }}
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

    # No query strings, no referrers: they carry keys and claim tokens. No address that holds what may be a key or a telephone.
    map $uri $said {{ default $uri; "~[0-9]{{7}}|[A-Za-z0-9_-]{{20}}" "..."; }}
    log_format json escape=json '{{"at":"$time_iso8601","process":"nginx","client":"$remote_addr",'
        '"method":"$request_method","path":"$said","status":"$status","bytes":$body_bytes_sent,"seconds":$request_time}}';
    access_log /dev/stdout json buffer=16k flush=5s;

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
    map $uri $failure_type {{ default text/html; "~^/(api|live|pictures|health|{doors})(/|$)" application/json; }}

    upstream web {{ server unix:{sockets}/web.sock max_fails=0; keepalive 16; }}
    upstream pictures {{ server unix:{sockets}/pictures.sock max_fails=0; keepalive 16; }}
    upstream ingest {{ server unix:{sockets}/ingest.sock max_fails=0; keepalive 64; keepalive_requests 1000000; }}

{plain_server}
    server {{
{listen}
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
{plain_location}
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
        location /pictures/ {{
            proxy_pass http://pictures;
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

CONNECTIONS = 4_096  # of clients and to the processes behind, all together
LOOPBACK = "        listen 127.0.0.1:{port} backlog=1024;"
LAN = """\
        listen 0.0.0.0:{port} ssl backlog=1024;{version_6}
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305;
        ssl_prefer_server_ciphers off;
        ssl_session_cache shared:tls:10m;
        ssl_session_timeout 1d;
        ssl_session_tickets off;
        error_page 497 = @plain;
        limit_conn client {a_client};"""
# What speaks plain HTTP is sent to HTTPS, but for the page that makes phones trust it. A device's door refuses: it would hear
# the device's key in the open each time, and nobody would notice.
PLAIN = """
            if ($plain = refused) {{ return 403 '{{"code":"https_only","message":"This door takes HTTPS only."}}'; }}
            if ($plain = onward) {{ return 301 https://$host{shown_port}$request_uri; }}
            default_type application/json;
            access_log off;
            proxy_pass http://web;
        }}
"""
PLAIN_LOCATION = "\n        location @plain {{" + PLAIN
PLAIN_MAP = """
    # One machine can't take all connections; a gateway in front of many phones may take as many as these need.
    limit_conn_zone $binary_remote_addr zone=client:4m;
    limit_conn_status 503;
    map $uri $plain {{ default onward; "~^/lan/" page; "~^/({doors})(/|$)" refused; }}
"""
PORT_80 = (
    """
    server {{
        listen 0.0.0.0:80;{version_6}
        server_name _;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto http;
        location / {{"""
    + PLAIN
    + "    }}\n"
)
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


def configuration(home: Home, port: int, *, on_lan: bool = False) -> str:
    """The configuration's text for a home whose front door is on `port`, of 127.0.0.1 alone unless it is open to the LAN."""
    run = home.root / "nginx"
    return MAIN.format(
        run=run,
        connections=CONNECTIONS,
        sockets=home.sockets,
        static=home.root / "static",
        empty=run / "empty",
        doors="|".join(DOORS),
        device_doors="\n".join(_doors()),
        page=PAGE,
        **(_lan(home, port) if on_lan else _loopback(port)),
    )


def _loopback(port: int) -> dict[str, str]:
    return {"listen": LOOPBACK.format(port=port), "plain_server": "", "plain_location": ""}


def _lan(home: Home, port: int) -> dict[str, str]:
    """HTTPS on the port; whoever speaks plain HTTP there, or on port 80 beside 443, is told where to go."""
    is_usual = port == 443
    shown = {"shown_port": "" if is_usual else f":{port}"}
    version_6 = lan.has_version_6()
    also_80 = "\n        listen [::]:80 ipv6only=on;" if version_6 else ""
    also = f"\n        listen [::]:{port} ssl ipv6only=on backlog=1024;" if version_6 else ""
    return {
        "listen": LAN.format(port=port, folder=home.root / "lan", version_6=also, a_client=CONNECTIONS // 4),
        "plain_server": PLAIN_MAP.format(doors="|".join(DOORS))
        + (PORT_80.format(version_6=also_80, **shown) if is_usual else ""),
        "plain_location": PLAIN_LOCATION.format(**shown),
    }


def _doors() -> list[str]:
    """Each door with and without its last slash, since the phone apps' settings have either."""
    return [DOOR.format(path=f"~ ^/{name}(/|$)", extra=OWNTRACKS if name == "owntracks" else "") for name in DOORS]


def ensure(home: Home, port: int, *, on_lan: bool = False) -> Path:
    """Write the configuration and return its path."""
    run = home.root / "nginx"
    for folder in (run, run / "empty", home.root / "static"):
        folder.mkdir(exist_ok=True)
    path = run / "nginx.conf"
    path.write_text(configuration(home, port, on_lan=on_lan))
    return path


def command(home: Home) -> list[str]:
    """nginx in the foreground, for a supervisor."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    run = home.root / "nginx"
    return [program, "-p", str(run), "-c", str(run / "nginx.conf"), "-e", "stderr"]
