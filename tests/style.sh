#!/bin/bash
# House rules that a machine can check. Prints every breach; exits 1 when there is one.
set -u
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
breaches=0
breach ()
{
  printf '%s\n' "$@"
  breaches=$((breaches + 1))
}

# Tracked files and new ones that are not ignored; the tree may belong to another user (a container).
if git -c safe.directory='*' rev-parse --git-dir >/dev/null 2>&1; then
  mapfile -t files < <(git -c safe.directory='*' ls-files --cached --others --exclude-standard)
else
  mapfile -t files < <(find . -path './build*' -prune -o -type f -printf '%P\n')
fi
[ "${#files[@]}" -gt 0 ] || { echo "no files found"; exit 1; }
sources=()
for file in "${files[@]}"; do
  [ -f "$file" ] || continue
  case $file in *.c | *.h) sources+=("$file") ;; esac
done
# Files among the sources whose lines match: matching PATTERN [FILE...]
matching ()
{
  grep -nHE -- "$@" /dev/null
}

found=$(printf '%s\n' "${files[@]}" | cut -d/ -f1 | sort -u | grep -vxE \
  'app|vqa|nets|assets|tests|meson\.build|meson_options\.txt|README\.md|LICENSE|\.clang-format|\.gitignore|\.ci')
[ -z "$found" ] || breach "Top-level entries outside the house:" "$found"

found=$(clang-format --dry-run -Werror "${sources[@]}" 2>&1 \
  | sed -n 's/^\([^: ]*:[0-9]*\):[0-9]*: error:.*/\1/p' | awk -F: '!seen[$1]++')
[ -z "$found" ] || breach "Not formatted (clang-format -i FILE):" "$found"

found=$(matching '^ *# *include *[<"](gtk/|adwaita\.h|gdk/)' "${sources[@]}" | grep -vE '^(app|tests/app)/')
[ -z "$found" ] || breach "GTK outside app/:" "$found"

found=$(matching '\bdnnl_[a-z]' "${sources[@]}" | cut -d: -f1 | sort -u)
[ "$(printf '%s' "$found" | grep -c .)" -le 1 ] || breach "oneDNN is called in more than one file:" "$found"

found=$(matching '^ *# *include *"(vqa|app)/' "${sources[@]}" | grep '^nets/')
[ -z "$found" ] || breach "nets/ includes a room above it:" "$found"
found=$(matching '^ *# *include *"app/' "${sources[@]}" | grep '^vqa/')
[ -z "$found" ] || breach "vqa/ includes a room above it:" "$found"

found=$(wc -l "${sources[@]}" | awk '$1 > 700 && $2 != "total" {print $2 ": " $1 " lines"}')
[ -z "$found" ] || breach "Files past 700 lines:" "$found"

found=$(printf '%s\0' "${files[@]}" | xargs -0 grep -nIE '(^|[^A-Za-z0-9_.$}-])/(wo[r]k|ho[m]e|ro[o]t|fa[r]m)/' 2>/dev/null)
[ -z "$found" ] || breach "Paths of one machine:" "$found"

found=$(matching '\b(TO[D]O|FIX[M]E|X[X]X)\b' "${sources[@]}")
[ -z "$found" ] || breach "Unfinished marks:" "$found"

[ "$breaches" -eq 0 ] || { echo "$breaches kinds of breach"; exit 1; }
echo "${#sources[@]} source files keep the house rules"
