/* What the files of this room share: the connection, statements, and the way an SQLite failure
 * becomes a GError. */
#pragma once

#include "vqa/store/store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

struct vqa_store
{
  sqlite3 *db;
  char *path;   /* NULL: in memory */
  GArray *kept; /* find.c: a result on its way out of SQLite */
};

/* Sets `error` from the connection's last failure; `doing` completes "cannot ...". Returns FALSE.
 */
gboolean vqa_store_fail (vqa_store *store, const char *doing, GError **error);
/* Runs statements without results. */
gboolean vqa_store_run (vqa_store *store, const char *sql, const char *doing, GError **error);
/* A statement with its values bound: types has a letter for each, t text (or NULL), i gint64,
 * d double. NULL and an error when it is refused. */
sqlite3_stmt *vqa_store_bind (vqa_store *store, const char *doing, GError **error, const char *sql,
                              const char *types, ...);
/* Carries out a statement without results; takes it. NULL: it was refused. */
gboolean vqa_store_finish (vqa_store *store, sqlite3_stmt *s, const char *doing, GError **error);
/* Steps a statement that must return one row with an id; 0 on error. */
gint64 vqa_store_step_id (vqa_store *store, sqlite3_stmt *s, const char *doing, GError **error);
/* A column, NULL where the table has NULL; the caller frees. */
char *vqa_store_text (sqlite3_stmt *s, int column);

/* Functions of SQL that find.c uses. */
gboolean vqa_store_add_functions (vqa_store *store);

extern const char *const vqa_store_migrations[VQA_STORE_VERSION];

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

G_END_DECLS
