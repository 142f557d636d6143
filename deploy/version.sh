#!/bin/sh
# The one version of package, services, image and chart. Without an argument it prints that of this build: the release's at its tag,
# else a pre-release of it, by the time and name of the commit, so that no two builds are called alike. With one it writes it
# wherever it stands; `python -m tests.contracts.documents` then writes it into what clients see.
set -eu
cd "$(dirname "$0")/.."
if [ $# -eq 1 ]; then
    sed -i "s/^version = \".*\"/version = \"$1\"/" pyproject.toml
    sed -i "s/^RELEASE = \".*\"/RELEASE = \"$1\"/" shared/service/__init__.py
    sed -i -e "s/^version: .*/version: $1/" -e "s/^appVersion: .*/appVersion: \"$1\"/" deploy/helm/library/Chart.yaml
    exit
fi
release=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
commit=$(TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M%S --abbrev=8 --format=%cd.g%h 2>/dev/null) || commit=
if [ -z "$commit" ] || git tag --points-at HEAD | grep -qx "v$release"; then
    echo "$release"
elif [ -n "$(git status --porcelain)" ]; then
    echo "$release-dev.$commit.changed"
else
    echo "$release-dev.$commit"
fi
