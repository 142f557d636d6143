#!/bin/sh
# Packages the chart with the images that a release is tested with: package.sh FOLDER NAME=REGISTRY/REPOSITORY@DIGEST …
# It is numbered as the build is (VERSION, else what deploy/version.sh says), and names where it comes from (HOMEPAGE).
# NAME is library, postgresql, exporter, rabbitmq or rclone. The repository itself keeps tags, so that nothing of it grows old unseen.
# What the package then asks for is rendered and compared; anything else ends it.
set -eu
chart=$(dirname "$0")/library
helm=${HELM:-helm}
version=${VERSION:-$("$(dirname "$0")/../version.sh")}
folder=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$chart" "$work/library"

fill() { # VALUE OF A LINE in values.yaml that begins with this text: its registry, repository and digest
    pattern=$1 image=$2
    digest=${image##*@} path=${image%@*}
    registry=${path%%/*} repository=${path#*/}
    sed -i -e "/$pattern/s|registry: \"\"|registry: $registry|" -e "/$pattern/s|repository: [a-z/-]*|repository: $repository|" \
        -e "/$pattern/s|digest: \"\"|digest: \"$digest\"|" "$work/library/values.yaml"
}

for each in "$@"; do
    name=${each%%=*} image=${each#*=}
    case $image in */*@sha256:*) ;; *) echo "$each: REGISTRY/REPOSITORY@sha256:… is needed" >&2 && exit 2 ;; esac
    case $name in
    library) fill '^image: ' "$image" ;;
    postgresql) fill 'image: .*repository: postgres,' "$image" ;;
    exporter) fill 'image: .*repository: prometheuscommunity' "$image" ;;
    rabbitmq) fill 'image: .*repository: rabbitmq,' "$image" ;;
    rclone) fill 'image: .*repository: rclone' "$image" ;;
    *) echo "$name is none of the chart's images" >&2 && exit 2 ;;
    esac
done

[ -z "${HOMEPAGE:-}" ] || printf 'home: %s\nsources: [%s]\n' "$HOMEPAGE" "$HOMEPAGE" >>"$work/library/Chart.yaml"
"$helm" package "$work/library" --version "$version" --app-version "$version" --destination "$folder" >/dev/null
package=$folder/library-$version.tgz
asked=$("$helm" template library "$package" --set postgresql.metrics.enabled=true,backup.enabled=true,backup.remote.path=x,backup.remote.configSecret=x |
    sed -n 's/^ *-* *image: "*\([^"]*\)"*$/\1/p' | sort -u)
wanted=$(for each in "$@"; do echo "${each#*=}"; done | sort -u)
if [ "$asked" != "$wanted" ]; then
    echo "The package asks for other images than it was given:" >&2
    echo "$asked" >&2
    rm "$package"
    exit 1
fi
echo "$package"
