/* Opening the library: folder, file, damage, versions and migrations. */
#include "vqa/store/store-private.h"

#include <errno.h>
#include <glib/gstdio.h>

/* "Rgrd", SQLite's application_id: tells our files from those of other programs. */
#define APPLICATION_ID 0x52677264

/* Other processes hold the file for milliseconds only; waiting this long means something is stuck.
 */
#define BUSY_MILLISECONDS 5000

G_DEFINE_QUARK (vqa - store - error - quark, vqa_store_error)

gboolean
vqa_store_fail (vqa_store *store, const char *doing, GError **error)
{
  int code = sqlite3_errcode (store->db);
  const char *what = sqlite3_errmsg (store->db);
  const char *path = store->path ? store->path : "the library in memory";

  switch (code & 0xff)
    {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_DAMAGED,
                   "%s: cannot %s: the file is damaged (%s); restart Regard and it is set aside",
                   path, doing, what);
      break;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_OPEN,
                   "%s: cannot %s: %s; make the file and its folder writable", path, doing, what);
      break;
    case SQLITE_FULL:
    case SQLITE_IOERR:
      g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_FAILED,
                   "%s: cannot %s: %s; check the free space on the disk", path, doing, what);
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_FAILED,
                   "%s: cannot %s: another program keeps the file busy; close it and try again",
                   path, doing);
      break;
    default:
      g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_FAILED, "%s: cannot %s: %s", path, doing,
                   what);
    }
  return FALSE;
}

gboolean
vqa_store_run (vqa_store *store, const char *sql, const char *doing, GError **error)
{
  if (sqlite3_exec (store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
    return vqa_store_fail (store, doing, error);
  return TRUE;
}

sqlite3_stmt *
vqa_store_bind (vqa_store *store, const char *doing, GError **error, const char *sql,
                const char *types, ...)
{
  sqlite3_stmt *s = NULL;
  va_list values;

  if (sqlite3_prepare_v2 (store->db, sql, -1, &s, NULL) != SQLITE_OK)
    {
      vqa_store_fail (store, doing, error);
      return NULL;
    }
  va_start (values, types);
  for (int i = 0; types[i]; i++)
    if (types[i] == 't')
      sqlite3_bind_text (s, i + 1, va_arg (values, const char *), -1, SQLITE_TRANSIENT);
    else if (types[i] == 'i')
      sqlite3_bind_int64 (s, i + 1, va_arg (values, gint64));
    else
      sqlite3_bind_double (s, i + 1, va_arg (values, double));
  va_end (values);
  return s;
}

gboolean
vqa_store_finish (vqa_store *store, sqlite3_stmt *s, const char *doing, GError **error)
{
  gboolean good = s && (sqlite3_step (s) == SQLITE_DONE || vqa_store_fail (store, doing, error));

  sqlite3_finalize (s);
  return good;
}

gint64
vqa_store_step_id (vqa_store *store, sqlite3_stmt *s, const char *doing, GError **error)
{
  gint64 id;

  if (sqlite3_step (s) != SQLITE_ROW)
    {
      vqa_store_fail (store, doing, error);
      return 0;
    }
  id = sqlite3_column_int64 (s, 0);
  /* An INSERT with RETURNING is complete only when stepped to its end. */
  if (sqlite3_step (s) != SQLITE_DONE)
    {
      vqa_store_fail (store, doing, error);
      return 0;
    }
  return id;
}

char *
vqa_store_text (sqlite3_stmt *s, int column)
{
  return g_strdup ((const char *)sqlite3_column_text (s, column));
}

/* Value of a statement that gives one integer. */
static gboolean
read_integer (vqa_store *store, const char *sql, gint64 *value, GError **error)
{
  g_autoptr (sqlite3_stmt) s = NULL;

  if (sqlite3_prepare_v2 (store->db, sql, -1, &s, NULL) != SQLITE_OK
      || sqlite3_step (s) != SQLITE_ROW)
    return vqa_store_fail (store, "read it", error);
  *value = sqlite3_column_int64 (s, 0);
  return TRUE;
}

/* SQLite's own look at every page. */
static gboolean
check_pages (vqa_store *store, GError **error)
{
  g_autoptr (sqlite3_stmt) s = NULL;
  const char *verdict;

  if (sqlite3_prepare_v2 (store->db, "PRAGMA quick_check (1)", -1, &s, NULL) != SQLITE_OK
      || sqlite3_step (s) != SQLITE_ROW)
    return vqa_store_fail (store, "check it", error);
  verdict = (const char *)sqlite3_column_text (s, 0);
  if (g_strcmp0 (verdict, "ok") == 0)
    return TRUE;
  g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_DAMAGED, "%s: the file is damaged (%s)",
               store->path, verdict ? verdict : "no verdict");
  return FALSE;
}

/* Whose file is it, and how new? Nothing is written before this is known. */
static gboolean
check_origin (vqa_store *store, gint64 *version, GError **error)
{
  gint64 application = 0, tables = 0;

  if (!read_integer (store, "PRAGMA user_version", version, error)
      || !read_integer (store, "PRAGMA application_id", &application, error)
      || !read_integer (store, "SELECT count(*) FROM sqlite_master", &tables, error))
    return FALSE;
  if (application != APPLICATION_ID && (tables > 0 || *version != 0))
    {
      g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_FOREIGN,
                   "%s: this is another program's database; move it elsewhere and restart Regard",
                   store->path);
      return FALSE;
    }
  if (*version > VQA_STORE_VERSION)
    {
      g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_NEWER,
                   "%s: written by a newer version of Regard (format %" G_GINT64_FORMAT
                   ", this one knows up to %d); update Regard, the file was left as it is",
                   store->path, *version, VQA_STORE_VERSION);
      return FALSE;
    }
  return TRUE;
}

/* Takes the file to our version in one transaction; another process may have done it meanwhile. */
static gboolean
migrate (vqa_store *store, GError **error)
{
  gint64 version;
  g_autofree char *stamp = NULL;

  if (!vqa_store_run (store, "BEGIN IMMEDIATE", "bring it up to date", error))
    return FALSE;
  if (!check_origin (store, &version, error))
    goto fail;
  for (; version < VQA_STORE_VERSION; version++)
    if (!vqa_store_run (store, vqa_store_migrations[version], "bring it up to date", error))
      goto fail;
  stamp = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                           APPLICATION_ID, VQA_STORE_VERSION);
  if (!vqa_store_run (store, stamp, "bring it up to date", error))
    goto fail;
  return TRUE;

fail:
  sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

static vqa_store *
open_file (const char *path, GError **error)
{
  g_autoptr (vqa_store) store = g_new0 (vqa_store, 1);
  gint64 version = 0;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

  store->path = g_strdup (path);
  if (sqlite3_open_v2 (path ? path : ":memory:", &store->db, flags, NULL) != SQLITE_OK)
    {
      vqa_store_fail (store, "open it", error);
      return NULL;
    }
  sqlite3_extended_result_codes (store->db, 1);
  sqlite3_busy_timeout (store->db, BUSY_MILLISECONDS);
  if (sqlite3_db_readonly (store->db, "main") == 1)
    {
      g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_OPEN,
                   "%s: the file cannot be written; make it and its folder writable", path);
      return NULL;
    }
  if (!check_origin (store, &version, error) || !check_pages (store, error)
      || !vqa_store_run (store,
                         "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                         "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON",
                         "prepare it", error))
    return NULL;
  if (version < VQA_STORE_VERSION && !migrate (store, error))
    return NULL;
  if (!vqa_store_add_functions (store))
    {
      vqa_store_fail (store, "prepare it", error);
      return NULL;
    }
  return g_steal_pointer (&store);
}

/* Renames a damaged library and its journal out of the way; nothing is deleted. */
static char *
set_aside (const char *path, GError **error)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y%m%d-%H%M%S");
  g_autofree char *aside = g_strdup_printf ("%s.damaged-%s", path, date);

  for (guint n = 2; g_file_test (aside, G_FILE_TEST_EXISTS); n++)
    {
      g_free (aside);
      aside = g_strdup_printf ("%s.damaged-%s-%u", path, date, n);
    }
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *from = g_strconcat (path, suffixes[i], NULL);
      g_autofree char *to = g_strconcat (aside, suffixes[i], NULL);

      if (g_rename (from, to) != 0 && (i == 0 || errno != ENOENT))
        {
          g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_OPEN,
                       "%s: the file is damaged and cannot be renamed to %s: %s", from, to,
                       g_strerror (errno));
          return NULL;
        }
    }
  return g_steal_pointer (&aside);
}

char *
vqa_store_default_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "regard", "library.db", NULL);
}

char *
vqa_store_pictures_folder (const char *library)
{
  g_autofree char *folder = g_path_get_dirname (library);

  return g_build_filename (folder, "pictures", NULL);
}

vqa_store *
vqa_store_open (const char *path, char **notice, GError **error)
{
  g_autoptr (vqa_store) store = NULL;
  g_autoptr (GError) local = NULL;

  if (notice)
    *notice = NULL;
  if (path)
    {
      g_autofree char *folder = g_path_get_dirname (path);

      if (g_mkdir_with_parents (folder, 0700) != 0)
        {
          g_set_error (error, VQA_STORE_ERROR, VQA_STORE_ERROR_OPEN,
                       "%s: cannot create this folder: %s; make its parent writable", folder,
                       g_strerror (errno));
          return NULL;
        }
    }
  store = open_file (path, &local);
  if (g_error_matches (local, VQA_STORE_ERROR, VQA_STORE_ERROR_DAMAGED) && path)
    {
      g_autofree char *aside = set_aside (path, error);

      if (!aside)
        return NULL;
      g_clear_error (&local);
      store = open_file (path, &local);
      if (store && notice)
        *notice = g_strdup_printf ("The library was damaged. It is kept as %s, and a new one was "
                                   "started.",
                                   aside);
    }
  if (local)
    g_propagate_error (error, g_steal_pointer (&local));
  return g_steal_pointer (&store);
}

void
vqa_store_close (vqa_store *store)
{
  if (!store)
    return;
  sqlite3_close (store->db);
  g_clear_pointer (&store->kept, g_array_unref);
  g_free (store->path);
  g_free (store);
}
