#!/bin/bash
# Pictures of every page of the window, light and dark, and narrow.
#   screenshots.sh PROGRAM SAMPLES FOLDER      (in the environment that tests/run makes)
# Writes FOLDER/PAGE-light.png and so on, and fails when a page did not appear.
set -eu
program=$1 samples=$2 folder=$3
mkdir -p "$folder"
bad=0

# Waits for the window whose title has these words; its number.
window ()
{
  for _ in $(seq 100); do
    xdotool search --onlyvisible --name "$1" 2>/dev/null | tail -n 1 | grep . && return 0
    sleep 0.1
  done
  echo "no window is called $1" >&2
  return 1
}

# One thing a person does: "=TEXT" asks it, "+TEXT" types it, "@X,Y" clicks there, a number waits
# so many seconds, anything else is a key.
act ()
{
  case $1 in
    =*) xdotool key ctrl+l type --delay 20 "${1#=}"; sleep 1; xdotool key Return; sleep 2 ;;
    @*) xdotool mousemove "$(cut -d, -f1 <<<"${1#@}")" "${1#*,}" click 1 mousemove 10 840; sleep 1 ;;
    +*) xdotool type --delay 20 "${1#+}"; sleep 1 ;;
    [0-9]*) sleep "$1" ;;
    *) xdotool key "$1"; sleep 1 ;;
  esac
}

# shoot PAGE TITLE WIDTH HEIGHT PHOTO [ACT ...]: opens the photo ("" for none), sizes the window,
# does what the acts say, and keeps what is seen, light and dark.
shoot ()
{
  local page=$1 title=$2 width=$3 height=$4 photo=$5 scheme number one
  shift 5
  for scheme in light dark; do
    export XDG_DATA_HOME="$scratch/$page-$scheme" ADW_DEBUG_COLOR_SCHEME=prefer-$scheme
    "$program" ${photo:+"$photo"} 2>>"$scratch/log" &
    pid=$!
    if number=$(window "$title"); then
      xdotool windowsize --sync "$number" "$width" "$height" windowmove "$number" 0 0 || true
      xdotool windowfocus "$number" || true
      sleep 2
      for one in "$@"; do
        act "$one"
      done
      sleep 1
      import -window root -crop "${width}x$height+0+0" +repage "$folder/$page-$scheme.png"
    else
      bad=1
    fi
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat=$samples/cat.jpg
shoot start Regard 1280 860 ""
shoot answer cat.jpg 1280 860 "$cat" "=what animal is this?"
shoot closer rocket.jpg 1280 860 "$samples/rocket.jpg" "=what is this?" ctrl+k 2
shoot folder "Ask a Folder" 1280 860 "$samples" "=is there a cat?" 2
shoot history cat.jpg 1280 860 "$cat" "=is there a cat?" "=what animal is this?" ctrl+h
shoot compare cat.jpg 1280 860 "$cat" "=is there a cat?" ctrl+d 2
shoot words cat.jpg 1280 860 "$cat" "=what animal is this?" @963,495 2
shoot modulation cat.jpg 1280 860 "$cat" "=what animal is this?" ctrl+m "+what color is it?" 2
shoot scene Regard 1280 860 "" ctrl+n 3 "=how many cubes are there?"
shoot preferences Regard 1280 860 "" ctrl+comma
shoot shortcuts Regard 1280 860 "" ctrl+question
shoot narrow cat.jpg 400 760 "$cat" "=is there a cat?"
exit $bad
