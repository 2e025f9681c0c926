#!/bin/bash
# Every text of the interface can be translated, and every translation is complete.
#   translations.sh ROOT
set -u
export LC_ALL=C.UTF-8
cd "$1" || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
bad=0
breach ()
{
  printf '%s\n' "$@" >&2
  bad=1
}

listed=assets/po/POTFILES
for file in $(cat $listed); do
  [ -f "$file" ] || breach "$listed names $file, which is not there"
done
for file in assets/ui/*.ui $(grep -lE '\b(N?_|ngettext) \("' app/*.c); do
  grep -qxF "$file" $listed || breach "$file is not in $listed"
done

# What people read in a .ui file, but for the program's name.
for file in assets/ui/*.ui; do
  xmllint --noout "$file" || breach "$file is not well-formed"
  grep -nE '<(property|attribute) name="(label|title|subtitle|description|tooltip-text|placeholder-text|placeholder)">[^<]*[A-Za-z]{2}' \
    "$file" | grep -v '>Regard<' && breach "$file: texts that are not translatable"
done

xgettext --files-from=$listed --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=ngettext:1,2 \
  --output="$scratch/regard.pot" || breach "the texts cannot be collected"
for language in $(cat assets/po/LINGUAS); do
  po=assets/po/$language.po
  msgfmt --check --output-file="$scratch/$language.mo" "$po" || breach "$po is not valid"
  # Complains of each text that is missing, untranslated or fuzzy.
  msgcmp "$po" "$scratch/regard.pot" || breach "$po is not complete (see above)"
done
exit $bad
