#include "nets/core/choice.h"
#include "nets/core/isa.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

/* First line of the file; another one is a file of another kind and is replaced. */
#define HEADER "measured choices, version 1\n"
/* A larger file is damaged: each line is short and there are few shapes. */
#define LARGEST_FILE (4 << 20)

static GMutex lock;
static char *cache;       /* the file's name */
static GHashTable *known; /* key -> choice + 1 */
static gboolean refused;  /* the file cannot be written: what it holds counts, nothing is added */

void
nn_set_cache (const char *path)
{
  g_mutex_lock (&lock);
  g_free (cache);
  cache = g_strdup (path);
  refused = FALSE;
  g_clear_pointer (&known, g_hash_table_unref);
  g_mutex_unlock (&lock);
}

gboolean
nn_choice_active (void)
{
  g_mutex_lock (&lock);
  gboolean active = cache != NULL && !refused;
  g_mutex_unlock (&lock);
  return active;
}

/* Takes each line "NUMBER KEY" and passes over others, so that a damaged file costs its damaged
 * lines only. The first line for a key counts. */
static void
read_lines (char *text)
{
  char *next = NULL;
  for (char *line = text + strlen (HEADER); line != NULL; line = next)
    {
      char *end = strchr (line, '\n'), *space = NULL;
      guint64 choice;
      next = end != NULL ? end + 1 : NULL;
      if (end == NULL) /* cut off */
        break;
      *end = '\0';
      choice = g_ascii_strtoull (line, &space, 10);
      if (space == line || *space != ' ' || choice >= 100 || strlen (space + 1) >= NN_CHOICE_KEY
          || !g_utf8_validate (space + 1, -1, NULL))
        continue;
      if (!g_hash_table_contains (known, space + 1))
        g_hash_table_insert (known, g_strdup (space + 1), GINT_TO_POINTER ((int)choice + 1));
    }
}

/* Adds what the file holds to what is known. FALSE when there is none, or one of another kind. */
static gboolean
load (void)
{
  g_autoptr (GFile) file = g_file_new_for_path (cache);
  g_autoptr (GFileInfo) info
      = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
                           G_FILE_QUERY_INFO_NONE, NULL, NULL);
  g_autofree char *text = NULL;
  gsize length;

  if (known == NULL)
    known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (info == NULL || g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR
      || g_file_info_get_size (info) > LARGEST_FILE)
    return FALSE;
  if (!g_file_get_contents (cache, &text, &length, NULL) || strlen (text) != length
      || !g_str_has_prefix (text, HEADER))
    return FALSE;
  read_lines (text);
  return TRUE;
}

static int
find (const char *key)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (known, key)) - 1;
}

int
nn_choice_find (const char *key)
{
  int found = -1;
  g_mutex_lock (&lock);
  if (cache != NULL)
    {
      if (known == NULL)
        load ();
      found = find (key);
    }
  g_mutex_unlock (&lock);
  return found;
}

static gboolean
begin_file (void)
{
  g_autofree char *folder = g_path_get_dirname (cache);
  return g_mkdir_with_parents (folder, 0700) == 0 && g_file_set_contents (cache, HEADER, -1, NULL);
}

/* One write to the end, so that lines of several programs do not mix; a line break in front, for
 * what was cut off there. Forcing it to the disk would take longer than most measurements. */
static gboolean
append (const char *key, int choice)
{
  g_autofree char *line = g_strdup_printf ("\n%d %s\n", choice, key);
  size_t length = strlen (line);
  int file = g_open (cache, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
  gboolean written = file >= 0 && write (file, line, length) == (ssize_t)length;

  if (file >= 0)
    close (file);
  return written;
}

int
nn_choice_keep (const char *key, int choice)
{
  int kept = -1;
  g_return_val_if_fail (strlen (key) < NN_CHOICE_KEY && strchr (key, '\n') == NULL, -1);
  g_mutex_lock (&lock);
  if (cache != NULL && !refused)
    {
      gboolean ours = load (); /* another program may have measured meanwhile */
      kept = find (key);
      if (kept < 0)
        {
          refused = !(ours || begin_file ()) || !append (key, choice) || !load ();
          kept = find (key);
        }
    }
  g_mutex_unlock (&lock);
  return kept;
}

const char *
nn_choice_processor (void)
{
  static gsize ready;
  static char text[64];
  if (g_once_init_enter (&ready))
    {
      unsigned words[13] = { 0 };
#ifdef __x86_64__
      unsigned b, c, d;
      for (unsigned i = 0; i < 3; i++)
        __get_cpuid (0x80000002 + i, &words[i * 4], &words[i * 4 + 1], &words[i * 4 + 2],
                     &words[i * 4 + 3]);
      __get_cpuid (1, &words[12], &b, &c, &d); /* family, model, stepping */
#endif
      unsigned signature = words[12];
      words[12] = 0;
      g_autofree char *name = g_strndup ((const char *)words, 48);
      g_strstrip (g_strcanon (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS " .-@()", '_'));
      g_snprintf (text, sizeof text, "%.40s %x %d", name, signature, (int)nn_isa);
      g_once_init_leave (&ready, 1);
    }
  return text;
}
