#!/bin/bash
# What "meson install" puts where, and that it runs from any prefix: installs into a folder, moves it
# away, and starts the programs there.
#   install.sh BUILD
set -eu
build=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail ()
{
  printf '%s\n' "$*" >&2
  exit 1
}

DESTDIR=$scratch/stage meson install -C "$build" --no-rebuild >"$scratch/log" 2>&1 \
  || { cat "$scratch/log"; fail "meson install failed"; }
prefix=$(meson introspect --buildoptions "$build" \
  | python3 -c 'import json, sys
print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
outside=$(find "$scratch/stage" -type f -not -path "$scratch/stage$prefix/*")
[ -z "$outside" ] || fail "outside the prefix: $outside"
service=$scratch/stage$prefix/share/dbus-1/services/org.regard.Regard.service
grep -qx "Exec=$prefix/bin/regard --gapplication-service" "$service" || fail "the D-Bus service: $(cat "$service")"

mv "$scratch/stage$prefix" "$scratch/moved"
for file in bin/regard bin/regard-cli libexec/regard/regard-decode \
  share/applications/org.regard.Regard.desktop share/metainfo/org.regard.Regard.metainfo.xml \
  share/glib-2.0/schemas/org.regard.Regard.gschema.xml \
  share/icons/hicolor/scalable/apps/org.regard.Regard.svg \
  share/icons/hicolor/symbolic/apps/org.regard.Regard-symbolic.svg \
  share/locale/fr/LC_MESSAGES/regard.mo share/regard/models/photos.safetensors; do
  [ -f "$scratch/moved/$file" ] || fail "not installed: $file"
done
desktop-file-validate "$scratch/moved/share/applications/org.regard.Regard.desktop"
glib-compile-schemas --strict "$scratch/moved/share/glib-2.0/schemas"

cd "$scratch"
export HOME="$scratch" XDG_DATA_HOME="$scratch/data" LC_ALL=C.UTF-8
moved/bin/regard --version | grep -q '^regard ' || fail "regard does not start"
moved/bin/regard-cli models | grep -q photos || fail "regard-cli does not find the installed model"
LANGUAGE=fr moved/bin/regard --help | grep -q 'Afficher la version' \
  || fail "the translations are not found beside the program"
