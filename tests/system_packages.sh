#!/bin/sh
# The real servers and programs that the tests use: PostgreSQL, PgBouncer, RabbitMQ, Chromium; Caddy, Podman and others for the ways
# to run the library; Java and npm for clients that are made from its documents. As root on Debian or Ubuntu it installs what is missing, without starting any service; otherwise
# it says what to install.
set -eu

missing=
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing="$missing rabbitmq-server"
[ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
[ -x /usr/lib/chromium/chromium-headless-shell ] || [ -x /usr/bin/chromium ] || missing="$missing chromium-headless-shell"
for program in caddy podman runc mmdebstrap docker-compose; do
    command -v $program >/dev/null || missing="$missing $program"
done
command -v java >/dev/null || missing="$missing default-jre-headless"
command -v npm >/dev/null || missing="$missing npm"
command -v prometheus-postgres-exporter >/dev/null || missing="$missing prometheus-postgres-exporter"
command -v promtool >/dev/null || missing="$missing prometheus"
[ -x /usr/sbin/ip ] || [ -x /sbin/ip ] || missing="$missing iproute2"
[ -x /usr/sbin/iptables ] || [ -x /sbin/iptables ] || missing="$missing iptables"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "The tests need these Debian packages, please install them:$missing" >&2
    exit 1
fi

policy=/usr/sbin/policy-rc.d # exit code 101 forbids packages to start their services
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
fi
echo "Installing$missing ..."
apt-get update -qq
# shellcheck disable=SC2086  # a list of names
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
