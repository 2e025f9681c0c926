# Sourced by app/run and tests/run: which Debian packages are needed, how they are installed, and how
# a build directory is set up. Expects $root, the top of the source tree.

# To build: each with what needs it.
#   libdnnl-dev            convolutions and matrix products (nets/)
#   libgtk-4-dev, libadwaita-1-dev   the window (app/)
#   libsqlite3-dev         history (vqa/store)        libjson-glib-dev   data sets, --json
#   libexif-dev            which way up a photograph is
#   libseccomp-dev         the confined process that decodes pictures
#   libstb-dev             the decoders themselves
#   libxml2-utils          smaller .ui files in the program
#   gettext                translations
# To run on a bare machine: icons, the loader that draws them, a font, settings, file types.
BUILD_PACKAGES="meson ninja-build gcc libc6-dev pkg-config libglib2.0-dev libglib2.0-dev-bin
  libdnnl-dev libgtk-4-dev libadwaita-1-dev libsqlite3-dev libjson-glib-dev libexif-dev
  libseccomp-dev libstb-dev libxml2-utils gettext
  adwaita-icon-theme hicolor-icon-theme librsvg2-common fonts-cantarell
  gsettings-desktop-schemas shared-mime-info"

# To test: the test framework, a display without a screen, a session bus, a driver of windows, and
# the checkers of style and desktop files.
TEST_PACKAGES="libcriterion-dev python3 git clang-format xvfb xauth dbus dbus-x11 at-spi2-core
  xdotool imagemagick libgtk-4-bin desktop-file-utils appstream"

say ()
{
  printf '%s\n' "$*" >&2
}

# The packages among the arguments that are not installed.
missing_packages ()
{
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null \
    | sed -n 's/ installed$//p')
  for package in "$@"; do
    printf '%s\n' "$installed" | grep -qxF -- "$package" || printf '%s ' "$package"
  done
}

# Installs what is missing among the arguments, after saying so.
install_packages ()
{
  if ! command -v dpkg-query >/dev/null; then
    say "This is not a Debian system: the packages have to be there already (on Debian: $(echo $*))."
    return 0
  fi
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  say "Regard needs Debian packages that are not installed: $missing"

  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=sudo
  else
    say "Installing them takes root rights, and sudo is not available. As root, run"
    say "  apt-get update && apt-get install --no-install-recommends $missing"
    say "and start this again."
    return 1
  fi

  # A stale or broken extra source is no reason to give up: the installation itself will tell.
  $as_root apt-get update -q >&2 || say "apt-get update reported errors; trying to install anyway."
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 $missing >&2 </dev/null || {
    say "The packages could not be installed (see above). Is this Debian 12 or later, and is there"
    say "a network? Needed: $missing"
    return 1
  }
}

# configure DIRECTORY [MESON OPTIONS]: sets up a build directory, again when the options changed.
configure ()
{
  directory=$1
  shift
  if [ ! -f "$directory/build.ninja" ]; then
    meson setup "$directory" "$root" "$@" >&2 </dev/null || return 1
  elif [ "$*" != "$(cat "$directory/.options" 2>/dev/null)" ]; then
    meson setup --reconfigure "$directory" "$root" "$@" >&2 </dev/null || return 1
  fi
  printf '%s\n' "$*" >"$directory/.options"
}
