/* SPDX-License-Identifier: MIT */
/* test_plot.c - axes, and plots as SVG. */
#include "scratch.h"

#include "experiments/axis.h"
#include "experiments/plot.h"

#include <ctype.h>

static rr_error err;

/* ---- axes ----------------------------------------------------------------------------------- */

static void ticks_are_round_and_inside(void **state)
{
    static const double ranges[][2] = { { 0.0, 1.0 },      { 0.321, 0.736 }, { -879011.0, 1.1e7 },
                                        { 1.0, 80.0 },     { -1e-7, 3e-7 },  { 1e300, 1.7e300 },
                                        { -20.3, -19.98 }, { 43.0, 43.0 },   { 0.0, 0.0 } };
    (void)state;
    for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
        const experiment_axis a = experiment_axis_of(ranges[r][0], ranges[r][1], 0.05, 6);
        assert_true(a.low < a.high);
        assert_true(a.low <= ranges[r][0] && a.high >= ranges[r][1]);
        assert_in_range(a.count, 2, EXPERIMENT_TICKS);
        const double step = a.ticks[1] - a.ticks[0];
        const double lead = step / pow(10.0, floor(log10(step) + 1e-9));
        if (fabs(lead - 1.0) > 1e-6 && fabs(lead - 2.0) > 1e-6 && fabs(lead - 5.0) > 1e-6)
            fail_msg("range %zu: a step of %g", r, step);
        for (size_t i = 0; i < a.count; i++)
            assert_true(a.ticks[i] >= a.low - 1e-8 * step && a.ticks[i] <= a.high + 1e-8 * step);
        /* The labels tell the ticks apart. */
        assert_true(pow(10.0, -a.decimals) <= step / pow(10.0, a.power) * (1.0 + 1e-6));
    }
}

static void large_numbers_are_labelled_by_a_power(void **state)
{
    (void)state;
    const experiment_axis big = experiment_axis_of(0.0, 1.1e7, 0.0, 6);
    assert_int_equal(big.power, 6);
    assert_int_equal(big.decimals, 0);
    const experiment_axis usual = experiment_axis_of(0.3, 0.7, 0.0, 6);
    assert_int_equal(usual.power, 0);
    assert_int_equal(usual.decimals, 1);
    assert_int_equal(experiment_axis_of(0.0, 3e-5, 0.0, 6).power, -6);
}

/* ---- XML ------------------------------------------------------------------------------------ */

static void check_entity(const char *at)
{
    int n = 0;
    if (sscanf(at, "&#%d;", &n) != 1 || n <= 0)
        fail_msg("a bare ampersand: %.20s", at);
}

/* Tags nest, attributes are quoted, ampersands begin entities. Returns the number of elements. */
static size_t check_xml(const char *s)
{
    char stack[32][32];
    size_t depth = 0, elements = 0;
    assert_int_equal(strncmp(s, "<?xml ", 6), 0);
    s = strstr(s, "?>") + 2;
    while (*s != '\0') {
        if (*s == '&')
            check_entity(s);
        if (*s == '>')
            fail_msg("a bare '>': %.20s", s);
        if (*s++ != '<')
            continue;
        char name[32];
        const int closing = *s == '/';
        s += closing;
        assert_int_equal(sscanf(s, "%31[A-Za-z]", name), 1);
        int quoted = 0;
        for (; *s != '\0' && (quoted || *s != '>'); s++) {
            quoted ^= *s == '"';
            assert_false(*s == '<');
        }
        assert_int_equal(*s, '>');
        const int alone = s[-1] == '/';
        s++;
        if (closing) {
            assert_true(depth > 0);
            assert_string_equal(stack[--depth], name);
        } else if (!alone) {
            assert_true(depth < 32);
            (void)snprintf(stack[depth++], sizeof stack[0], "%s", name);
        }
        elements += !closing;
    }
    assert_int_equal(depth, 0);
    return elements;
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        n++;
    return n;
}

/* ---- plots ---------------------------------------------------------------------------------- */

static const double xs[] = { 1, 2, 3, 4, 5 }, ys[] = { 0.1, 0.4, 0.5, 0.55, 0.56 };
static const double sds[] = { 0.01, 0.02, 0.02, 0.03, 0.01 };

/* Draw panels and hand the text back; freed by the caller. */
static char *drawn(const experiment_panel *panels, size_t n, const char *title)
{
    const experiment_plot plot = { title, "a note", panels, n };
    char *text = NULL;
    CHECK_OK(experiment_plot_svg(&plot, &text, &err), err);
    (void)check_xml(text);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    return text;
}

static void a_plot_is_well_formed_with_lines_bands_and_legend(void **state)
{
    const experiment_series series[] = {
        { "ours", EXPERIMENT_MEASURED, xs, ys, sds, 5 },
        { "random", EXPERIMENT_MEASURED, xs, sds, NULL, 5 },
        { "paper", EXPERIMENT_REFERENCE, xs, ys, NULL, 5 },
    };
    const experiment_panel panels[] = { { "A", "x", "y", series, 3, 0, 0 },
                                        { "B", "x", "y", series, 2, 0, 1 } };
    (void)state;
    char *text = drawn(panels, 2, "T");
    assert_int_equal(count(text, "fill-opacity:0.18"), 2); /* a band in each panel */
    assert_int_equal(count(text, ">ours<"), 1);            /* one legend for both */
    assert_int_equal(count(text, ">paper<"), 1);
    assert_int_equal(count(text, "stroke-dasharray"), 2); /* the reference, and its sample */
    assert_int_equal(count(text, "stroke-width:1.8;"), 5 + 3);
    rri_free(text);
}

static void text_is_escaped(void **state)
{
    const experiment_series series[] = { { "a<b & \"c\"", EXPERIMENT_MEASURED, xs, ys, NULL, 5 } };
    const experiment_panel panel = { "1 > 0", "x\x01y", "y\xFFz", series, 1, 0, 0 };
    (void)state;
    char *text = drawn(&panel, 1, "</svg><script>");
    assert_null(strstr(text, "<script"));
    assert_non_null(strstr(text, "&#60;/svg&#62;&#60;script&#62;"));
    assert_non_null(strstr(text, "a&#60;b &#38; &#34;c&#34;"));
    assert_non_null(strstr(text, ">x?y<"));
    assert_non_null(strstr(text, ">y?z<"));
    rri_free(text);
}

static void missing_points_part_the_line(void **state)
{
    const double gap[] = { 0.1, 0.2, (double)NAN, 0.4, 0.5 };
    const double alone[] = { (double)NAN, (double)NAN, 0.3, (double)NAN, (double)NAN };
    const experiment_series parted = { "s", EXPERIMENT_MEASURED, xs, gap, sds, 5 };
    const experiment_series single = { "s", EXPERIMENT_MEASURED, xs, alone, sds, 5 };
    const experiment_panel two = { "", "x", "y", &parted, 1, 0, 0 };
    const experiment_panel one = { "", "x", "y", &single, 1, 0, 0 };
    (void)state;
    char *text = drawn(&two, 1, "");
    assert_int_equal(count(text, "fill-opacity:0.18"), 2);
    assert_int_equal(count(text, "stroke-width:1.8;"), 2 + 1); /* and the legend's sample */
    rri_free(text);
    text = drawn(&one, 1, "");
    assert_int_equal(count(text, "stroke-width:1.8;"), 1);
    assert_int_equal(count(text, "stroke-width:0.8;"), 2);
    rri_free(text);
}

static void nothing_to_show_is_said(void **state)
{
    const double none[] = { (double)NAN };
    const experiment_series series = { "s", EXPERIMENT_MEASURED, none, none, NULL, 1 };
    const experiment_panel panels[] = { { "A", "x", "y", &series, 1, 0, 0 },
                                        { "B", "x", "y", NULL, 0, 0, 0 } };
    (void)state;
    char *text = drawn(panels, 2, "empty");
    assert_int_equal(count(text, ">no figures<"), 2);
    rri_free(text);
}

static void infinite_values_and_plots_without_panels_are_refused(void **state)
{
    const double far[] = { (double)INFINITY };
    const experiment_series series = { "s", EXPERIMENT_MEASURED, xs, far, NULL, 1 };
    const experiment_panel panel = { "", "x", "y", &series, 1, 0, 0 };
    experiment_plot plot = { "", "", &panel, 1 };
    char *text = NULL;
    (void)state;
    CHECK_FAILS(experiment_plot_svg(&plot, &text, &err), RR_ERR_NUMERIC, err, "point 0 of s");
    assert_null(text);
    plot.count = 0;
    CHECK_FAILS(experiment_plot_svg(&plot, &text, &err), RR_ERR_ARG, err, "no panel");
    CHECK_FAILS(experiment_plot_save(&plot, scratch("p.svg"), &err), RR_ERR_ARG, err, "no panel");
    assert_int_equal(access(scratch("p.svg"), F_OK), -1);
}

static void many_series_keep_their_looks_apart(void **state)
{
    enum { MANY = 16 };
    experiment_series series[MANY];
    char names[MANY][32];
    const experiment_panel panel = { "", "x", "y", series, MANY, 0, 0 };
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(names[i], sizeof names[i], "series number %zu", i);
        series[i] = (experiment_series){ names[i], EXPERIMENT_MEASURED, xs, ys, NULL, 5 };
    }
    char *text = drawn(&panel, 1, "many");
    assert_int_equal(count(text, "stroke-dasharray:7,3;"), 2 * 7);
    assert_int_equal(count(text, "stroke-dasharray:2,3;"), 2 * 2);
    rri_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round_and_inside),
        cmocka_unit_test(large_numbers_are_labelled_by_a_power),
        cmocka_unit_test(a_plot_is_well_formed_with_lines_bands_and_legend),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(missing_points_part_the_line),
        cmocka_unit_test(nothing_to_show_is_said),
        cmocka_unit_test(infinite_values_and_plots_without_panels_are_refused),
        cmocka_unit_test(many_series_keep_their_looks_apart),
    };
    return cmocka_run_group_tests(tests, open_scratch, close_scratch);
}
