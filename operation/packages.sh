#!/bin/sh
# System packages. `list up|town|test` prints what is missing, `install up|town|test` installs it (as root).
# Plain sh, because a fresh machine may have no Python. No service is started and no system cluster is made.
set -eu
verb=${1:-list}
purpose=${2:-test}

has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
has_python() {
    for python in /usr/bin/python3 python3; do
        "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return 0
    done
    return 1
}
has_postgis() { ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; }

has_gstreamer() {
    /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' 2>/dev/null &&
        ls /usr/lib/*/gstreamer-1.0/libgstrtp.so >/dev/null 2>&1
}

# Chinese letters: the names in the pictures
has_letters() {
    ls /usr/share/fonts/truetype/wqy/wqy-microhei.ttc /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc 2>/dev/null |
        grep -q .
}

missing() {
    has_python || echo "python3 python3-venv"
    has_postgis || echo "postgis-server"
    has redis-server || echo redis-server
    has nginx || echo nginx-light
    has msgfmt || echo gettext
    [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
    if [ "$purpose" != up ]; then # a town's cameras
        has_gstreamer || echo "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
        [ "$purpose" = test ] || has_letters || echo fonts-wqy-microhei
    fi
    if [ "$purpose" = test ]; then
        has chromium-headless-shell || echo chromium-headless-shell
        has espeak-ng || echo espeak-ng # what officers of the town say
        ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || echo fonts-noto-cjk
    fi
}

# The PostGIS server package carries the release's own PostgreSQL version in its name.
postgis_server() {
    apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | cut -d' ' -f1 | sort -V | tail -1
}

# Installed packages must not start: a policy for invoke-rc.d now, and their units disabled for the next boot.
hold_services() {
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
    fi
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
}
disable_service() {
    if has systemctl; then systemctl disable "$1" >/dev/null 2>&1 || true; fi
    if has update-rc.d; then update-rc.d "$1" disable >/dev/null 2>&1 || true; fi
}

install() {
    wanted=$(missing)
    [ -n "$wanted" ] || return 0
    has apt-get || { echo "No apt-get here. Install by hand: $wanted" >&2; exit 1; }
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    apt="apt-get -o DPkg::Lock::Timeout=900 -o Dpkg::Options::=--force-confold"
    $apt update
    case $wanted in *postgis-server*)
        server=$(postgis_server)
        [ -n "$server" ] || { echo "This release has no package postgresql-N-postgis-3." >&2; exit 1; }
        wanted=$(printf '%s' "$wanted" | sed "s/postgis-server/$server/") ;;
    esac
    hold_services
    # shellcheck disable=SC2086 # words on purpose
    $apt install -y --no-install-recommends $wanted
    case $wanted in *redis-server*) disable_service redis-server ;; esac
    case $wanted in *nginx*) disable_service nginx ;; esac
    still=$(missing)
    [ -z "$still" ] || { echo "Still missing after the installation:" $still >&2; exit 1; }
}

case $verb in
list) missing | tr '\n' ' ' ;;
install) install ;;
*) echo "usage: packages.sh list|install up|town|test" >&2; exit 2 ;;
esac
