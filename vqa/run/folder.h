/* The folder of a run: runs/NAME-HASH. Who works in it holds a lock on it. */
#pragma once

#include "vqa/data/data.h"

G_BEGIN_DECLS

/* Makes the folder and keeps other processes out of it; sweeps what a killed process left there.
 * Returns a descriptor, close() ends the lock; -1 and VQA_ERROR_FAILED when it cannot be made or is
 * in use. */
int vqa_run_folder_lock (const char *folder, GError **error);
/* Removes it with all that is in it; one that is not there is no error. VQA_ERROR_FAILED when it is
 * in use, cannot be removed, or does not look like a run's. */
gboolean vqa_run_folder_remove (const char *folder, GError **error);

G_END_DECLS
