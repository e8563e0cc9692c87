/* SPDX-License-Identifier: MIT */
/* audit.c - `rnnrepair audit`: which training sequences are likely mislabelled, or behind
 * the errors, with the evidence; and a run trained as the reviewer decided. The ranking is computed
 * in src/audit/audit.c. */
#include "commands/audit_report.h"
#include "commands/steps.h"
#include "io/file.h"
#include "io/io.h"
#include "kit/epochs.h"
#include "kit/paths.h"

#include <string.h>

typedef cli_audit args;

static const cli_operand operands[] = {
    { "RUN", offsetof(args, dir), 0, "run directory with an influence model" },
};

/* Methods of a request: those that train nothing and take no gradients. */
#define QUICK                                                                                      \
    (1U << RR_AUDIT_COMBINED | 1U << RR_AUDIT_INFLUENCE | 1U << RR_AUDIT_PAPER |                   \
     1U << RR_AUDIT_SELF_CONFIDENCE | 1U << RR_AUDIT_RANDOM | 1U << RR_AUDIT_NEAREST)

static const cli_opt opts[] = {
    OPT_ENUM(args, cfg.audit.about, "about", RR_ENUM_AUDIT_ABOUT,
             "labels of --split that are likely wrong, proponents of its errors, or inputs that "
             "come more than once"),
    OPT_F64(args, copies.similarity, "similarity", 1e-3, 1,
            "duplicates: words that two texts have in common, of all of theirs", .local = 1),
    OPT_F64(args, copies.distance, "distance", 0, 1e6,
            "duplicates: root mean square difference of frames, in standard deviations",
            .local = 1),
    OPT_ENUM(args, cfg.audit.method, "method", RR_ENUM_AUDIT_METHOD, "ranking method",
             .words = QUICK, .preset = "combined about labels, influence about errors"),
    OPT_ENUM(args, cfg.split, "split", RR_ENUM_SPLIT,
             "about labels, whose labels are ranked; about errors, whose errors; with train, "
             "each sequence is also its own proponent",
             .preset = "train about labels, else test"),
    OPT_STR(args, samples, "samples", "IDS",
            "only these errors, by number or the data's own id: 3,17,k44", .preset = "all errors"),
    OPT_KEY(args, cfg.audit.key, "influence, paper: what two steps must have in common to match"),
    OPT_SIZE(args, cfg.audit.folds, "folds", 0, 1e6,
             "combined, self-confidence: score each fold by a network trained without it",
             .value = "F", .preset = "0 = the run's own network", .local = 1),
    OPT_SIZE(args, cfg.audit.top, "top", 1, 1e9,
             "sequences listed with their evidence, and written by --review",
             .most = CLI_MOST_ROWS),
    OPT_FLAG(
        args, cfg.audit.flagged, "flagged",
        "about labels: instead of --top, those for which the method finds another label likelier"),
    OPT_READS(args, cfg.known, "flips", "FILE",
              "known wrong labels, from rnnrepair-experiments flip, to evaluate the ranking",
              .preset = "none"),
    OPT_WRITES(args, review, "review", "FILE.csv",
               "write the first N with their suggested labels, for review", .preset = "none"),
    OPT_READS(
        args, apply, "apply", "FILE",
        "apply the decisions of a csv or jsonl file (id or source_id, action, label) in NEWRUN",
        .preset = "none"),
    OPT_STR(args, output, "output", "NEWRUN", "run directory created by --apply", .letter = 'o',
            .local = 1),
    OPT_RETRAIN(args, how.start, "--apply: from scratch, or from RUN's weights"),
    OPT_EPOCHS(args, how.epochs, "as many as RUN; 2 to continue", "--apply: epochs of retraining"),
    OPT_LEARNING_RATE(args, how.learning_rate, "RUN's; a tenth of it to continue",
                      "--apply: learning rate of retraining"),
    OPT_ENUM(args, cfg.audit.attribution.curvature, "curvature", RR_ENUM_CURVATURE,
             "koh-liang: second derivatives used", .local = 1),
    OPT_F64(args, cfg.audit.attribution.damping, "damping", 0, DBL_MAX,
            "koh-liang: added to the curvature", .local = 1),
    OPT_ENUM(args, cfg.audit.attribution.solver, "solver", RR_ENUM_SOLVER,
             "koh-liang: conjugate gradients, or the published stochastic recursion", .local = 1),
    OPT_SIZE(args, cfg.audit.attribution.iterations, "iterations", 1, 1e9, "koh-liang: most steps",
             .preset = "200; 5000 of the stochastic solver", .local = 1),
    OPT_F64(args, cfg.audit.attribution.tolerance, "tolerance", DBL_MIN, 1,
            "koh-liang, cg: relative residual to stop at", .local = 1),
    OPT_F64(args, cfg.audit.attribution.scale, "scale", DBL_MIN, DBL_MAX,
            "koh-liang, stochastic: above the largest eigenvalue of the curvature", .local = 1),
    OPT_WRITES(args, cfg.audit.attribution.state, "resume", "FILE",
               "replay, sgd: keep what is done in FILE after every epoch, and continue from it",
               .preset = "none"),
    OPT_U64(args, cfg.audit.attribution.seed, "seed",
            "of random and the stochastic solver; with --apply of retraining, by default RUN's"),
    OPT_CASES(args),
    OPT_DATA(args, in.data),
    OPT_STATES(args),
    OPT_VECTORS(args, in.vectors),
};

static void defaults(void *p)
{
    args *a = p;
    a->cfg = rr_session_audit_config_default();
    a->copies = rr_duplicates_config_default();
    a->how = (rr_retrain_config){ .struct_size = sizeof a->how,
                                  .start = RR_RETRAIN_SCRATCH,
                                  .dropout = -1.0 };
}

/* ---- options -------------------------------------------------------------------------------- */

static rr_status check_apply(const args *a, rr_error *err)
{
    rr_status st = cli_refuse_given(
        &a->common,
        "about method samples key folds top flagged flips review curvature "
        "damping solver iterations tolerance scale resume states similarity distance",
        "--apply", err);
    if (st == RR_OK && a->output == NULL)
        return rri_fail(err, RR_ERR_ARG, -1, "-o NEWRUN is missing: the run directory to create");
    return st;
}

/* Copies are found without a model: of all splits, by no method. */
static rr_status check_duplicates(const args *a, rr_error *err)
{
    rr_status st = RR_OK;

    RRI_TRY(cli_refuse_given(&a->common,
                             "output retrain epochs learning-rate method split samples key folds "
                             "flagged flips curvature damping solver iterations tolerance scale "
                             "resume seed cases states",
                             "--about duplicates", err));
    if (a->review != NULL)
        st = cli_check_review(a->review, err);

done:
    return st;
}

/* Options that would do nothing are refused. */
static rr_status check_audit(args *a, rr_error *err)
{
    rr_audit_config *cfg = &a->cfg.audit;
    const int judges = cfg->method == RR_AUDIT_COMBINED || cfg->method == RR_AUDIT_SELF_CONFIDENCE;
    const int matches = cfg->method == RR_AUDIT_INFLUENCE || cfg->method == RR_AUDIT_PAPER;
    rr_status st = RR_OK;

    RRI_TRY(cli_refuse_given(&a->common, "output retrain epochs learning-rate",
                             "a call without --apply", err));
    RRI_TRY(cli_refuse_given(&a->common, "similarity distance", "another subject than duplicates",
                             err));
    if (!cli_given(&a->common, "iterations") && cfg->attribution.solver == RR_SOLVER_STOCHASTIC)
        cfg->attribution.iterations = 5000;
    RRI_TRY(rr_audit_check(cfg, err));
    if (!judges)
        RRI_TRY(cli_refuse_given(&a->common, "folds", "a method that trains nothing", err));
    if (cfg->flagged)
        RRI_TRY(cli_refuse_given(&a->common, "top", "--flagged, which lists all that are", err));
    if (a->review != NULL)
        RRI_TRY(cli_check_review(a->review, err));
    if (cfg->folds == 0)
        RRI_TRY(cli_refuse_given(&a->common, "vectors", "a call that trains nothing", err));
    if (cfg->method != RR_AUDIT_KOH_LIANG)
        RRI_TRY(cli_refuse_given(&a->common, "curvature damping solver iterations tolerance scale",
                                 "another method than koh-liang", err));
    if (cfg->method != RR_AUDIT_REPLAY && cfg->method != RR_AUDIT_SGD)
        RRI_TRY(cli_refuse_given(&a->common, "resume", "another method than replay and sgd", err));
    if (!matches && cfg->method != RR_AUDIT_COMBINED) /* combined about steps matches them */
        st = cli_refuse_given(&a->common, "key", "a method that matches no steps", err);

done:
    return st;
}

/* ---- the ranking ----------------------------------------------------------------------------- */

/* Of a run with an output at every step: the labels of single steps. */
static rr_status rank_steps(args *a, rr_session *s, cli_result *r, rr_error *err)
{
    const rr_audit_config *cfg = &a->cfg.audit;
    rr_session_step_audit_config steps;
    rr_step_audit *audit = NULL;
    rr_status st = RR_OK;

    if (cfg->about == RR_AUDIT_ABOUT_ERRORS)
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                         "--about errors ranks training sequences by the errors of sequences, and "
                         "%s has an output at every step; localize and explain --steps say what is "
                         "behind misread steps",
                         a->dir));
    if (a->in.cases != NULL || (cli_given(&a->common, "split") && a->cfg.split != RR_SPLIT_TRAIN))
        RRI_TRY(rri_fail(err, RR_ERR_UNSUPPORTED, -1,
                         "%s has an output at every step: labels of steps are ranked in the "
                         "training set alone, and not of %s",
                         a->dir, a->in.cases != NULL ? a->in.cases : a->in.split));
    RRI_TRY(cli_refuse_given(&a->common, "folds samples vectors flagged", "an output at every step",
                             err));
    RRI_TRY(rr_session_step_audit_question(s, &steps, err));
    steps.audit.method = cfg->method;
    if (cli_given(&a->common, "key"))
        steps.audit.key = cfg->key;
    steps.audit.top = cfg->top;
    steps.audit.seed = cfg->attribution.seed;
    steps.known = a->cfg.known;
    RRI_TRY(rr_session_audit_steps(s, &steps, &audit, err));
    RRI_TRY(rr_session_split(s, RR_SPLIT_TRAIN, &r->names, err));
    const rr_step_audit_result *x = rr_step_audit_result_of(audit);
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "about", cli_json_text(rr_enum_name(RR_ENUM_AUDIT_ABOUT, cfg->about)));
    cli_put(r, "method", cli_json_text(rr_enum_name(RR_ENUM_AUDIT_METHOD, cfg->method)));
    cli_put(r, "seed", cli_json_u64(steps.audit.seed));
    cli_put(r, "seconds", cli_json_f64(x->seconds));
    cli_put(r, "key", cli_json_text(rr_enum_name(RR_ENUM_KEY, steps.audit.key)));
    RRI_TRY(cli_put_step_ranking(x, r->names, r, err));
    RRI_TRY(cli_put_origin(r, s, err));
    if (a->review == NULL)
        goto done;
    RRI_TRY(rr_step_audit_save_review(audit, r->names, a->review, err));
    cli_say(&a->common,
            "written to %s: %zu suggestions. Review each: keep (action keep, or delete the line) "
            "or relabel; then audit %s --apply %s -o NEWRUN",
            a->review, x->count_rows, a->dir, a->review);

done:
    rr_step_audit_free(audit);
    return st;
}

/* About labels --split, --cases and --states say whose; the errors beside them are those of test.
 */
static void take_judged(args *a)
{
    a->judged = rr_enum_name(RR_ENUM_SPLIT, RR_SPLIT_TRAIN);
    if (a->cfg.audit.about != RR_AUDIT_ABOUT_LABELS)
        return;
    if (a->in.other == NULL && !cli_given(&a->common, "split"))
        return;
    a->cfg.judged = a->cfg.split;
    a->judged = a->in.other != NULL ? "other" : a->in.split;
    a->cfg.split = RR_SPLIT_TEST;
    a->in.split = rr_enum_name(RR_ENUM_SPLIT, RR_SPLIT_TEST);
}

/* What the review file holds, and what to do with it. */
static void say_review(const args *a, const rr_audit_result *x)
{
    if (x->prefilled > 0)
        cli_say(
            &a->common,
            "written to %s: %zu suggestions. In %zu all evidence agrees and action says relabel: "
            "read these as well. In the others it is empty: they change nothing until it says "
            "relabel, drop or keep. Then audit %s --apply %s -o NEWRUN",
            a->review, x->count_rows, x->prefilled, a->dir, a->review);
    else
        cli_say(&a->common,
                "written to %s: %zu suggestions, none decided; action says relabel, drop or keep, "
                "then audit %s --apply %s -o NEWRUN",
                a->review, x->count_rows, a->dir, a->review);
}

static rr_status rank(args *a, rr_session *s, cli_result *r, rr_error *err)
{
    rr_audit *audit = NULL;
    rr_status st = RR_OK;

    if (cli_by_steps(s))
        return rank_steps(a, s, r, err);
    if (a->cfg.audit.method == RR_AUDIT_COMBINED)
        RRI_TRY(cli_refuse_given(&a->common, "key", "a method that matches no steps", err));
    RRI_TRY(cli_result_samples(r, "samples", a->samples, s, a->cfg.split, &a->cfg.samples,
                               &a->cfg.count_samples, err));
    take_judged(a);
    RRI_TRY(rr_session_audit(s, &a->cfg, &audit, err));
    RRI_TRY(rr_session_split(s, a->cfg.judged, &r->names, err));
    RRI_TRY(cli_put_ranking(a, s, rr_audit_result_of(audit), r, err));
    if (a->review == NULL)
        goto done;
    RRI_TRY(rr_audit_save_review(audit, r->names, a->review, err));
    if (a->cfg.judged == RR_SPLIT_TRAIN)
        say_review(a, rr_audit_result_of(audit));
    else
        cli_say(&a->common, "written to %s: %zu suggestions about labels of %s", a->review,
                rr_audit_result_of(audit)->count_rows, a->judged);

done:
    rr_audit_free(audit);
    return st;
}

/* ---- decisions ------------------------------------------------------------------------------- */

static rr_status apply(const args *a, rr_session *s, cli_result *r, rr_error *err)
{
    rr_decisions_result done_so = { .kept = 0 };
    rr_session *child = NULL;
    char *path = NULL;
    rr_status st = RR_OK;

    cli_result_keep(r);
    RRI_TRY(rr_session_apply_decisions(s, a->apply, a->output, a->cfg.split, &a->how, &child,
                                       &done_so, err));
    cli_put(r, "run", cli_json_text(a->dir));
    cli_put(r, "new_run", cli_json_text(a->output));
    cli_put(r, "split",
            cli_json_text(done_so.compared ? rr_enum_name(RR_ENUM_SPLIT, a->cfg.split) : NULL));
    cli_put(r, "seed", cli_json_u64(a->how.seed));
    cli_put_decisions(&done_so, r);
    RRI_TRY(rr_run_path(rr_session_run(child), "audit.json", &path, err));
    RRI_TRY(cli_result_write(r, path, err));
    cli_say(&a->common, "written to %s: the run and audit.json", a->output);

done:
    if (st != RR_OK && st != RR_ERR_CANCELLED && child != NULL)
        cli_say(
            &a->common,
            "%s was created but training did not finish: resume with rnnrepair train %s --resume",
            a->output, a->output);
    rr_session_close(child);
    rr_string_free(path);
    return st;
}

/* ---- the command ----------------------------------------------------------------------------- */

static rr_status check_options(void *p, rr_error *err)
{
    args *a = p;
    if (!cli_given(&a->common, "method"))
        a->cfg.audit.method = rr_audit_config_default(a->cfg.audit.about).method;
    if (a->apply == NULL && a->cfg.audit.about == RR_AUDIT_ABOUT_DUPLICATES)
        return check_duplicates(a, err);
    return a->apply != NULL ? check_apply(a, err) : check_audit(a, err);
}

static rr_status open_run(void *p, rr_session **out, rr_error *err)
{
    args *a = p;
    const rr_dataset *ds = NULL;
    rr_status st = RR_OK;

    if (a->apply != NULL && !a->common.quiet)
        a->common.watch.epochs = stderr;
    RRI_TRY(cli_open_inputs(&a->common, a->dir, &a->in, &a->cfg.split, out, err));
    RRI_TRY(cli_refuse_idle_vectors(&a->common, rr_session_run(*out), err));
    if (cli_given(&a->common, "split")) /* without it, labels are audited in any case */
        RRI_TRY(rr_session_split(*out, a->cfg.split, &ds, err));
    a->how.seed = cli_given(&a->common, "seed") ? a->cfg.audit.attribution.seed
                                                : rr_retrain_config_default(*out).seed;

done:
    return st;
}

static rr_status answer_audit(void *p, rr_session *s, cli_result *r, rr_error *err)
{
    args *a = p;
    const bool copies = a->cfg.audit.about == RR_AUDIT_ABOUT_DUPLICATES;
    const rr_status st = a->apply != NULL ? apply(a, s, r, err)
                         : copies         ? cli_put_duplicates(a, s, r, err)
                                          : rank(a, s, r, err);

    if (st != RR_ERR_CANCELLED)
        return st;
    return rri_fail(err, st, -1, "interrupted%s",
                    a->apply != NULL ? "; finish the new run with train --resume"
                    : a->cfg.audit.attribution.state != NULL
                        ? "; the same command continues after the last whole epoch"
                        : "; nothing was written");
}

const cli_command cli_command_audit = {
    .name = "audit",
    .summary = "find training labels that are likely wrong, and the proponents of errors",
    .about =
        "--about labels ranks sequences by how likely their label is wrong: of the training set, "
        "or\n"
        "of --split, --cases or --states, which the network was not trained on, compared with the "
        "training "
        "set.\n"
        "influence: the fraction of other training sequences in the same abstract states that\n"
        "carry the label. self-confidence: the probability that the network gives the label; with\n"
        "--folds, of networks that were not trained on the sequence. neighbours: the labels of "
        "the\n"
        "training sequences with the nearest inputs (text: tf-idf; frames: means of equal parts),\n"
        "whatever the network. combined: the product of the three, the neighbours' as far as they\n"
        "predict the given labels.\n"
        "tracin: squared norms of the sequence's gradient, summed over the checkpoints. dynamics: "
        "the\n"
        "mean probability of the label over the checkpoints (train --checkpoints): a wrong label "
        "is\n"
        "learned late. A network that has memorised wrong labels is confident of them: use "
        "dynamics,\n"
        "--folds or influence then. A label is flagged where the method finds another likelier;\n"
        "--flagged lists these.\n"
        "\n"
        "--about errors ranks training sequences by their influence on the errors of a split.\n"
        "influence counts matching steps, weighted by how much more often errors pass them than\n"
        "correct predictions do. paper gives one vote per step, as published. koh-liang\n"
        "(influence functions) and tracin (gradients at the checkpoints) estimate the influence "
        "by\n"
        "gradients. replay goes back over every step of the training and gives the exact\n"
        "derivative of the errors' losses by the loss weight of each sequence; it needs a run\n"
        "trained with --checkpoints, of any optimiser, and takes about as long as four trainings.\n"
        "Scores far above 1 an error mean that the training is not smooth: small changes of it\n"
        "end elsewhere, and the derivative does not predict what leaving a sequence out does.\n"
        "A smaller --learning-rate or a larger --epsilon (0.001) of train makes it smoother.\n"
        "sgd is the same for runs trained by SGD without clipping. With --resume FILE an\n"
        "interrupted replay continues. output-layer compares the gradients of the output layer\n"
        "alone, in a few seconds: a quick look that finds more of what replay names than "
        "influence\n"
        "does.\n"
        "\n"
        "--about duplicates lists groups of sequences whose inputs are equal or nearly so, those "
        "with\n"
        "different labels first, and inputs of dev and test that stand in the training set. Texts "
        "are\n"
        "near where at least --similarity of their words are in both, each occurrence counted, "
        "case\n"
        "and punctuation aside; frames of one length where they differ by --distance deviations "
        "at\n"
        "most. All such pairs are found. --top counts groups. The review file holds the training\n"
        "sequences of all groups, with nothing decided.\n"
        "\n"
        "A larger score is more suspect. The table also shows the suggested label, the support\n"
        "(mean log fraction of the label among sequences in the same states), the confidence, the\n"
        "nearest correctly classified training sequences, and the errors that a training sequence\n"
        "supports. Of a run with an output at every step the labels of single training steps are\n"
        "ranked, by combined, influence, self-confidence or random; support is then the log\n"
        "fraction of the label among the other steps with the same key. --review writes the first\n"
        "sequences to a file for review, with their text; its action says relabel only where all\n"
        "evidence agrees at odds of 99 to 1, for a tenth of a class at most, and is empty else: a\n"
        "file that nobody reads changes little. --apply applies the decisions about the training "
        "set.\n",
    .members =
        "about, method, folds, key, seed, run\n"
        "seconds     the ranking took, including what the method computes first\n"
        "labels      about labels: the split whose labels are ranked; other of --cases, --states\n"
        "split, errors   of the errors beside them; null where the run has no such split, and of\n"
        "            other labels than those of train\n"
        "data        of --cases and --states\n"
        "sequences   N\n"
        "ranking     [{id, given, suggested, score, errors, prediction, support, confidence,\n"
        "            prefilled, odds, by_states, by_network, by_inputs, inputs: [{id, label}],\n"
        "            neighbours: [{id, label, prediction, score}], tied: as near as the last of\n"
        "            these, and not among them}], the first --top\n"
        "solution    {steps, checkpoints; of koh-liang solver, curvature, damping, residual} of a\n"
        "            gradient method\n"
        "opponents   [{id, given, score}] with scores below 0, lowest first; with --about errors\n"
        "flagged     about labels: how many are flagged, null where the method scores the given "
        "label\n"
        "            alone; with --flips flagged_flips, weighted_f1\n"
        "nearest_inputs {used, references, parts, scaled, nearest, restraint, agreement}: what\n"
        "            part they have; null where the method does not ask them\n"
        "found       [{reviewed, flips, influential_flips}]; null without --flips, which adds\n"
        "needed      [{fraction, reviewed}], average_precision, area, area_influential\n"
        "of a run with an output at every step: steps, the labelled ones; rows of ranking with\n"
        "            step, from 1, and of words token, without errors and neighbours; no folds,\n"
        "            split, errors, opponents\n"
        "copies      about labels of train: groups to seconds as below, of equal inputs alone\n"
        "about duplicates: similarity, distance, ranking [{group, kind (contradiction, copy, "
        "near),\n"
        "            split, id, source_row, source_file, source_id, label, copy (equal to an "
        "earlier one), text}] of the first --top\n"
        "            groups; groups, contradictory, equal, spare and members (training sequences "
        "that\n"
        "            equal an earlier one, in a group), copied and similar (of other splits), "
        "seconds\n"
        "with --apply instead: run, new_run, split, seed, relabelled, dropped, kept, and where\n"
        "            there are some steps_relabelled,\n"
        "            accuracy_before, accuracy_after, outcome; also in "
        "NEWRUN/audit.json\n" CLI_ORIGIN_MEMBERS CLI_CLASS_MEMBERS,
    .list = "ranking",
    .examples = "rnnrepair audit run --review suspects.csv --top 200\n"
                "rnnrepair audit run --split test --top 100 --review test-labels.csv\n"
                "rnnrepair audit run --apply suspects.csv -o relabelled\n"
                "rnnrepair audit run --about duplicates --review copies.csv\n"
                "rnnrepair audit mine --about errors --states test.npz\n"
                "rnnrepair audit run --about errors --method koh-liang --curvature gauss-newton\n"
                "rnnrepair-experiments flip --data mnist:data/mnist --fraction 0.05 -o flips.csv\n"
                "rnnrepair train noisy --data mnist:data/mnist --labels flips.csv\n"
                "rnnrepair build noisy && rnnrepair audit noisy --flips flips.csv --folds 5\n",
    CLI_TABLES(args, operands, opts),
    .defaults = defaults,
    .check = check_options,
    .open = open_run,
    .answer = answer_audit,
};
