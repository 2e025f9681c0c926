/* How any kind of training learns: optimiser, schedule, moving average. In a recipe these are keys
 * of the group [optimiser], and of a stage's group for that stage alone. */
#pragma once

#include "nets/nn.h"
#include "vqa/run/rules.h"

G_BEGIN_DECLS

typedef struct
{
  int method;      /* nn_method; method=adamw|sgd */
  int schedule;    /* nn_curve; schedule=warm_cosine|one_cycle|constant */
  double momentum; /* beta1 of either method; 0.9 */
  double warm;     /* percent of the steps; negative: 5 but at most 500 steps, one_cycle 30 */
  double last;     /* factor on the rate at the end; 0.01 */
  double ema;      /* decay of the moving average of the weights; 0: none */
  double clip;     /* largest norm of a gradient, 0: any; negative: 1 for adamw, any for sgd */
} vqa_learning;

/* How the computer computes; decides the weights' last bits. */
typedef struct
{
  int precision; /* nn_precision; precision=f32|bf16|auto */
  int threads;   /* 0: as many as there are processors */
} vqa_machine;

/* How often a training saves itself; does not decide the weights. */
typedef struct
{
  double checkpoint; /* seconds; 0: after every step */
  double report;     /* seconds between lines of progress */
} vqa_pace;

extern const char *const vqa_methods[], *const vqa_schedules[], *const vqa_precisions[];

/* Rules for the vqa_learning at `at` of a struct: keys of GROUP. Absent keys give -1, until
 * vqa_learning_settle(). */
#define VQA_LEARNING_RULES(GROUP, at)                                                              \
  VQA_LEARNING_RULE (GROUP, at, method, VQA_RULE_CHOICE, 0, vqa_methods),                          \
      VQA_LEARNING_RULE (GROUP, at, schedule, VQA_RULE_CHOICE, 0, vqa_schedules),                  \
      VQA_LEARNING_RULE (GROUP, at, momentum, VQA_RULE_REAL, 0.9999, NULL),                        \
      VQA_LEARNING_RULE (GROUP, at, warm, VQA_RULE_REAL, 100, NULL),                               \
      VQA_LEARNING_RULE (GROUP, at, last, VQA_RULE_REAL, 1, NULL),                                 \
      VQA_LEARNING_RULE (GROUP, at, ema, VQA_RULE_REAL, 0.99999, NULL),                            \
      VQA_LEARNING_RULE (GROUP, at, clip, VQA_RULE_REAL, 1e6, NULL)
#define VQA_LEARNING_RULE(GROUP, at, field, kind, most, choices)                                   \
  {                                                                                                \
    GROUP, #field, kind, (at) + G_STRUCT_OFFSET (vqa_learning, field), 0, 0, most, -1, choices     \
  }
/* Rules for the vqa_machine at `at`: precision and threads of [optimiser]. */
#define VQA_MACHINE_RULES(at)                                                                      \
  { "optimiser",                                                                                   \
    "precision",                                                                                   \
    VQA_RULE_CHOICE,                                                                               \
    (at) + G_STRUCT_OFFSET (vqa_machine, precision),                                               \
    0,                                                                                             \
    0,                                                                                             \
    0,                                                                                             \
    NN_PRECISION_AUTO,                                                                             \
    vqa_precisions },                                                                              \
  {                                                                                                \
    "optimiser", "threads", VQA_RULE_WHOLE, (at) + G_STRUCT_OFFSET (vqa_machine, threads), 0, 0,   \
        1024, 0, NULL                                                                              \
  }

/* Rules for the vqa_pace at `at`: checkpoint and report of [run]. */
#define VQA_PACE_RULES(at)                                                                         \
  { "run",                                                                                         \
    "checkpoint",                                                                                  \
    VQA_RULE_REAL,                                                                                 \
    (at) + G_STRUCT_OFFSET (vqa_pace, checkpoint),                                                 \
    VQA_RULE_ASIDE,                                                                                \
    0,                                                                                             \
    86400,                                                                                         \
    120,                                                                                           \
    NULL },                                                                                        \
  {                                                                                                \
    "run", "report", VQA_RULE_REAL, (at) + G_STRUCT_OFFSET (vqa_pace, report), VQA_RULE_ASIDE, 0,  \
        86400, 10, NULL                                                                            \
  }

/* Sets the number of threads. Call before execs are made. */
void vqa_machine_apply (const vqa_machine *m);
/* What computes, as far as it decides a sum's last bits; the caller frees it. */
char *vqa_machine_describe (const vqa_machine *m);

/* Gives fields of `l` that are negative the value of `base`, or the default where base is NULL. */
void vqa_learning_settle (vqa_learning *l, const vqa_learning *base);
/* The optimiser for a stage, before its first update, with weight decay `decay`. */
nn_optimiser vqa_learning_optimiser (const vqa_learning *l, double decay);
/* The schedule over `steps` updates. */
nn_schedule vqa_learning_schedule (const vqa_learning *l, guint64 steps);

G_END_DECLS
