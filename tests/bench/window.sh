#!/bin/bash
# What a person waits for, and what the window costs:
#   tests/bench/window.sh [PROGRAM]        (default: build/app/regard; 10 starts, 40 questions)
# First frame: from starting the program to its first picture on the screen. Memory: of the start
# page with the model loaded. Answers: from the last key press to the answer painted, the pause of
# 80 ms included. Medians and 95th percentiles; Xvfb draws without a graphics card.
set -eu
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
program=$(readlink -f "${1:-$root/build/app/regard}")
starts=10 questions=40

if [ -z "${WINDOW_BENCH_INSIDE-}" ]; then
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir -m 700 "$scratch/run"
  env WINDOW_BENCH_INSIDE="$scratch" XDG_DATA_HOME="$scratch/data" XDG_CONFIG_HOME="$scratch/config" \
    XDG_CACHE_HOME="$scratch/cache" XDG_RUNTIME_DIR="$scratch/run" GSETTINGS_BACKEND=memory \
    GDK_BACKEND=x11 GSK_RENDERER=cairo GTK_A11Y=none REGARD_STALLS="$scratch/stalls" \
    dbus-run-session -- xvfb-run -a -s '-screen 0 1280x860x24' "$0" "$program" 2>/dev/null
  exit
fi
scratch=$WINDOW_BENCH_INSIDE

# median and 95th percentile of the numbers on standard input
spread ()
{
  sort -n | awk -v what="$1" -v unit="$2" '{ v[NR] = $1 } END {
    printf "%-28s median %.0f %s, 95th percentile %.0f %s (%d)\n", what,
      v[int ((NR + 1) / 2)], unit, v[int (NR * 0.95 + 0.5)], unit, NR }'
}

leave ()
{
  xdotool key ctrl+q
  wait "$1"
}

for _ in $(seq "$starts"); do
  begun=$(date +%s%6N)
  "$program" &
  pid=$!
  sleep 3
  awk '/^Pss:/ { print $2 / 1024 }' "/proc/$pid/smaps_rollup" >>"$scratch/memory"
  leave "$pid"
  awk -v begun="$begun" 'NR == 1 { print ($3 - begun) / 1000 }' "$scratch/stalls" >>"$scratch/frames"
done
spread "first frame" ms <"$scratch/frames"
spread "memory, idle" MB <"$scratch/memory"

"$program" "$root/assets/samples/cat.jpg" &
pid=$!
sleep 4
for i in $(seq "$questions"); do
  xdotool key ctrl+l
  xdotool type --delay 40 "is there a $(sed -n "$((i % 5 + 1))p" <<<$'cat\ndog\ncar\ntree\nbird')"
  sleep 0.6
done
leave "$pid"
sed 1d "$scratch/stalls" | spread "typing to answer" ms
awk 'NR == 1 { printf "%-28s %.0f ms\n", "longest stall while typing", $2 }' "$scratch/stalls"
