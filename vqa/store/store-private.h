/* What store.c and records.c share: the connection and the way an SQLite failure becomes a GError.
 */
#pragma once

#include "vqa/store/store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

struct vqa_store
{
  sqlite3 *db;
  char *path; /* NULL: in memory */
};

/* Sets `error` from the connection's last failure; `doing` completes "cannot ...". Returns FALSE.
 */
gboolean vqa_store_fail (vqa_store *store, const char *doing, GError **error);
/* Runs statements without results. */
gboolean vqa_store_run (vqa_store *store, const char *sql, const char *doing, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

G_END_DECLS
