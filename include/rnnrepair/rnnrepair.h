/* SPDX-License-Identifier: MIT */
/* rnnrepair.h - the whole public surface of librnnrepair.
 *
 * Numbers in files, parameters and messages have a decimal point under every locale: a program may
 * set one, and the library leaves it as it is. */
#ifndef RNNREPAIR_RNNREPAIR_H
#define RNNREPAIR_RNNREPAIR_H

#include "rnnrepair/abstraction.h"
#include "rnnrepair/additions.h"
#include "rnnrepair/api.h"
#include "rnnrepair/attribution.h"
#include "rnnrepair/audit.h"
#include "rnnrepair/audit_steps.h"
#include "rnnrepair/backdoor.h"
#include "rnnrepair/crossvalidation.h"
#include "rnnrepair/dataset.h"
#include "rnnrepair/decisions.h"
#include "rnnrepair/duplicates.h"
#include "rnnrepair/edits.h"
#include "rnnrepair/enums.h"
#include "rnnrepair/hooks.h"
#include "rnnrepair/hotfix.h"
#include "rnnrepair/influence.h"
#include "rnnrepair/localize.h"
#include "rnnrepair/network.h"
#include "rnnrepair/novelty.h"
#include "rnnrepair/outcome.h"
#include "rnnrepair/page.h"
#include "rnnrepair/picture.h"
#include "rnnrepair/quality.h"
#include "rnnrepair/repair.h"
#include "rnnrepair/run.h"
#include "rnnrepair/states.h"
#include "rnnrepair/status.h"
#include "rnnrepair/text.h"
#include "rnnrepair/train.h"
#include "rnnrepair/workflow.h"
#include "rnnrepair/workflow_compare.h"
#include "rnnrepair/workflow_explain.h"
#include "rnnrepair/workflow_overview.h"
#include "rnnrepair/workflow_repair.h"

#ifdef RR_EXPERIMENTAL
#include "rnnrepair/experimental/augment.h"
#include "rnnrepair/experimental/derivatives.h"
#endif

#endif
