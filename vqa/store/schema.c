/* The library's tables, version by version. */
#include "vqa/store/store-private.h"

/* What versions 3 and 5 share, which both make the table of questions: released, never to be
 * edited. */
#define INDEXES_OF_QUESTIONS                                                                       \
  "CREATE UNIQUE INDEX questions_by_moment ON questions (asked);"                                  \
  "CREATE INDEX questions_by_picture ON questions (picture, asked, corrected, model);"             \
  "CREATE INDEX questions_by_model ON questions (model, asked, corrected);"                        \
  "CREATE INDEX questions_by_correction ON questions (corrected, asked);"                          \
  "CREATE INDEX questions_pinned ON questions (asked, pinned) WHERE pinned = 1;"
#define TRIGGERS_OF_QUESTIONS                                                                      \
  "CREATE TRIGGER questions_added AFTER INSERT ON questions BEGIN"                                 \
  "  INSERT INTO found (rowid, text, answers, correction)"                                         \
  "    VALUES (new.asked, new.text, new.answers, new.correction); END;"                            \
  "CREATE TRIGGER questions_removed AFTER DELETE ON questions BEGIN"                               \
  "  INSERT INTO found (found, rowid, text, answers, correction)"                                  \
  "    VALUES ('delete', old.asked, old.text, old.answers, old.correction); END;"                  \
  "CREATE TRIGGER questions_changed"                                                               \
  "  AFTER UPDATE OF asked, text, answers, correction ON questions BEGIN"                          \
  "  INSERT INTO found (found, rowid, text, answers, correction)"                                  \
  "    VALUES ('delete', old.asked, old.text, old.answers, old.correction);"                       \
  "  INSERT INTO found (rowid, text, answers, correction)"                                         \
  "    VALUES (new.asked, new.text, new.answers, new.correction); END;"

/* Element n takes version n to n + 1. Never edit one that was released: add the next. */
const char *const vqa_store_migrations[VQA_STORE_VERSION] = {
  "CREATE TABLE models ("
  "  id INTEGER PRIMARY KEY,"
  "  hash TEXT NOT NULL UNIQUE,"
  "  name TEXT NOT NULL,"
  "  title TEXT NOT NULL,"
  "  path TEXT NOT NULL);"
  "CREATE TABLE pictures ("
  "  id INTEGER PRIMARY KEY,"
  "  hash TEXT NOT NULL UNIQUE,"
  "  place TEXT NOT NULL,"
  "  title TEXT NOT NULL,"
  "  width INTEGER NOT NULL,"
  "  height INTEGER NOT NULL,"
  "  thumbnail BLOB,"
  "  opened INTEGER NOT NULL);"
  "CREATE INDEX pictures_by_time ON pictures (opened);"
  "CREATE TABLE questions ("
  "  id INTEGER PRIMARY KEY,"
  "  picture INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,"
  "  model INTEGER NOT NULL REFERENCES models (id),"
  "  text TEXT NOT NULL,"
  "  asked INTEGER NOT NULL,"
  "  confident INTEGER NOT NULL,"
  "  milliseconds REAL NOT NULL,"
  "  unknown_words TEXT NOT NULL," /* separated by spaces */
  "  UNIQUE (picture, model, text));"
  "CREATE INDEX questions_by_time ON questions (picture, asked);"
  "CREATE TABLE answers ("
  "  question INTEGER NOT NULL REFERENCES questions (id) ON DELETE CASCADE,"
  "  blind INTEGER NOT NULL," /* 1: what the question alone suggests */
  "  rank INTEGER NOT NULL,"  /* 0 is the best */
  "  answer TEXT NOT NULL,"
  "  probability REAL NOT NULL,"
  "  PRIMARY KEY (question, blind, rank)) WITHOUT ROWID;",
  "CREATE TABLE runs ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT," /* a number never means another run later */
  "  folder TEXT NOT NULL UNIQUE,"
  "  kind TEXT NOT NULL,"
  "  name TEXT NOT NULL,"
  "  place TEXT NOT NULL,"
  "  recipe TEXT NOT NULL,"
  "  recipe_path TEXT NOT NULL,"
  "  recipe_hash TEXT NOT NULL,"
  "  data_root TEXT,"
  "  data_hash TEXT,"
  "  output TEXT NOT NULL,"
  "  model_hash TEXT,"
  "  state INTEGER NOT NULL," /* vqa_run_state */
  "  stage TEXT,"
  "  step INTEGER NOT NULL DEFAULT 0,"
  "  steps INTEGER NOT NULL DEFAULT 0,"
  "  loss REAL,"
  "  speed REAL," /* samples a second */
  "  seconds_left REAL,"
  "  error TEXT,"
  "  pid INTEGER NOT NULL,"
  "  process TEXT," /* boot and start of the process */
  "  started INTEGER NOT NULL,"
  "  finished INTEGER NOT NULL DEFAULT 0);"
  "CREATE TABLE metrics ("
  "  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,"
  "  name TEXT NOT NULL,"
  "  step INTEGER NOT NULL,"
  "  value REAL NOT NULL,"
  "  PRIMARY KEY (run, name, step)) WITHOUT ROWID;",
  /* Columns of the history. `answers` holds those that a search shall find, one a line; `asked`
     becomes unique, in the same order, so that it can name a question in lists and in the index of
     words: newest first costs nothing then. */
  "ALTER TABLE questions ADD COLUMN answers TEXT NOT NULL DEFAULT '';"
  "ALTER TABLE questions ADD COLUMN correction TEXT;"
  "ALTER TABLE questions ADD COLUMN corrected INTEGER NOT NULL DEFAULT 0;" /* when; 0: it is not */
  "ALTER TABLE questions ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;"
  "UPDATE questions SET answers = coalesce ((SELECT group_concat (answer, char (10)) FROM"
  "  (SELECT answer FROM answers WHERE question = questions.id AND blind = 0"
  "   AND (rank = 0 OR probability >= 0.05) ORDER BY rank)), '');"
  "CREATE TEMP TABLE moments (id INTEGER PRIMARY KEY, moment INTEGER);"
  "INSERT INTO moments SELECT id, n + max (d) OVER (ORDER BY n) FROM"
  "  (SELECT id, row_number () OVER o AS n, asked - row_number () OVER o AS d"
  "   FROM questions WINDOW o AS (ORDER BY asked, id));"
  "UPDATE questions SET asked = (SELECT moment FROM moments WHERE moments.id = questions.id);"
  "DROP TABLE moments;"
  "DROP INDEX questions_by_time;" INDEXES_OF_QUESTIONS
  /* Symbols are words too (So: emoji). Prefixes of up to three characters have an index. */
  "CREATE VIRTUAL TABLE found USING fts5 (text, answers, correction, content = 'questions',"
  "  content_rowid = 'asked', prefix = '1 2 3',"
  "  tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co So'\");"
  "INSERT INTO found (found) VALUES ('rebuild');" TRIGGERS_OF_QUESTIONS,
  /* Questions asked of a folder. `by` names the answer whose probability is the measure. */
  "CREATE TABLE collections ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  folder TEXT NOT NULL,"
  "  deep INTEGER NOT NULL,"
  "  question TEXT NOT NULL,"
  "  by TEXT,"
  "  model INTEGER NOT NULL REFERENCES models (id),"
  "  asked INTEGER NOT NULL);"
  "CREATE TABLE collected ("
  "  collection INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,"
  "  rank INTEGER NOT NULL,"
  "  place TEXT NOT NULL,"
  "  title TEXT NOT NULL,"
  "  hash TEXT,"
  "  error TEXT,"
  "  answer TEXT,"
  "  probability REAL NOT NULL,"
  "  measure REAL NOT NULL,"
  "  confident INTEGER NOT NULL,"
  "  PRIMARY KEY (collection, rank)) WITHOUT ROWID;",
  /* Questions about a part of a picture, "X,Y,WIDTH,HEIGHT" or nothing: what makes a question
     unique cannot be altered, so the table is made anew. Dropping the old one would take the
     answers with it. */
  "CREATE TEMP TABLE kept AS SELECT * FROM answers;"
  "CREATE TABLE questions_of_parts ("
  "  id INTEGER PRIMARY KEY,"
  "  picture INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,"
  "  model INTEGER NOT NULL REFERENCES models (id),"
  "  text TEXT NOT NULL,"
  "  asked INTEGER NOT NULL,"
  "  confident INTEGER NOT NULL,"
  "  milliseconds REAL NOT NULL,"
  "  unknown_words TEXT NOT NULL,"
  "  answers TEXT NOT NULL DEFAULT '',"
  "  correction TEXT,"
  "  corrected INTEGER NOT NULL DEFAULT 0,"
  "  pinned INTEGER NOT NULL DEFAULT 0,"
  "  part TEXT NOT NULL DEFAULT '',"
  "  UNIQUE (picture, model, text, part));"
  "INSERT INTO questions_of_parts (id, picture, model, text, asked, confident, milliseconds,"
  "  unknown_words, answers, correction, corrected, pinned)"
  "  SELECT id, picture, model, text, asked, confident, milliseconds, unknown_words, answers,"
  "  correction, corrected, pinned FROM questions;"
  "DROP TABLE questions;"
  "ALTER TABLE questions_of_parts RENAME TO questions;"
  "INSERT OR IGNORE INTO answers SELECT * FROM kept;"
  "DROP TABLE kept;" INDEXES_OF_QUESTIONS TRIGGERS_OF_QUESTIONS,
};
