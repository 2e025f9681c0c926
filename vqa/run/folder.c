#include "vqa/run/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int
fail (GError **error, const char *folder, const char *what)
{
  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "%s %s", folder, what);
  return -1;
}

static int
fail_errno (GError **error, const char *folder, const char *what, const char *remedy)
{
  g_set_error (error, VQA_ERROR, VQA_ERROR_FAILED, "%s %s: %s%s", folder, what, g_strerror (errno),
               remedy);
  return -1;
}

/* -1 without an error: the folder cannot be opened. */
static int
lock (const char *folder, GError **error)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    {
      close (fd);
      return fail (error, folder, "is in use: another process carries out the same recipe");
    }
  return fd;
}

int
vqa_run_folder_lock (const char *folder, GError **error)
{
  GError *local = NULL;
  int fd;

  if (g_mkdir_with_parents (folder, 0755) != 0)
    return fail_errno (error, folder, "cannot be made", "; start in a folder you may write to");
  fd = lock (folder, &local);
  if (local != NULL)
    g_propagate_error (error, local);
  else if (fd < 0)
    return fail_errno (error, folder, "cannot be opened", "; start in a folder you may read");
  return fd;
}

/* .../runs/NAME-HASH: nothing else is ever removed. */
static gboolean
looks_like_one (const char *folder)
{
  g_autofree char *name = g_path_get_basename (folder), *above = g_path_get_dirname (folder);
  g_autofree char *runs = g_path_get_basename (above);
  const char *dash = strrchr (name, '-');

  return g_path_is_absolute (folder) && strcmp (runs, "runs") == 0 && dash != NULL
         && strlen (dash + 1) == 8 && strspn (dash + 1, "0123456789abcdef") == 8;
}

static int
remove_one (const char *path, const struct stat *s, int kind, struct FTW *at)
{
  return remove (path);
}

gboolean
vqa_run_folder_remove (const char *folder, GError **error)
{
  GError *local = NULL;
  int fd;

  if (!looks_like_one (folder))
    return fail (error, folder, "is not a run's folder; remove it yourself") > 0;
  fd = lock (folder, &local);
  if (local != NULL)
    {
      g_propagate_error (error, local);
      return FALSE;
    }
  /* Depth first; links are removed, not followed. */
  if (fd >= 0 && nftw (folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
    fail_errno (&local, folder, "cannot be removed", "");
  else if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
    fail_errno (&local, folder, "cannot be opened", "");
  if (fd >= 0)
    close (fd);
  if (local != NULL)
    g_propagate_error (error, local);
  return local == NULL;
}
