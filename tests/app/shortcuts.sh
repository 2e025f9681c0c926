#!/bin/sh
# The shortcuts window tells every key of the application and the window.
#   shortcuts.sh ROOT
cd "$1" || exit 1
overlay=assets/ui/help-overlay.ui
actions=$(sed -n 's/^ *{ "\([a-z]*\.[a-z-]*\)", { "<*[A-Z].*/\1/p' app/application.c)
[ "$(printf '%s\n' "$actions" | wc -l)" -ge 10 ] || { echo "no keys found in app/application.c"; exit 1; }
bad=0
for action in $actions; do
  grep -q "name=\"action-name\">$action<" $overlay || { echo "$overlay does not tell $action"; bad=1; }
done
exit $bad
